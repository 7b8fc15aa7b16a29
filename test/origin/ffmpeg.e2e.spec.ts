import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { expect } from 'chai'
import { Ffmpeg } from '../../origin/ffmpeg.ts'
import { type FfmpegBinary, findFfmpeg } from '../../origin/find-ffmpeg.ts'
import { DeadlineError, FfmpegNotFoundError } from '../../protocols/errors.ts'
import { ffmpegUnderTest, makeTone } from './media-files.ts'
import { temporaryFolder } from './temporary-folder.ts'

/** Rejections as values. */
const failureOf = async (task: Promise<unknown>): Promise<unknown> =>
  await task.then(() => undefined, err => err)

describe('origin/find-ffmpeg', function () {
  this.timeout(30_000)
  const folder = temporaryFolder()

  /** A program that answers as ffmpeg does. */
  async function fake (name: string, script: string, mode = 0o755): Promise<string> {
    const path = join(folder.path, name)
    await mkdir(join(path, '..'), { recursive: true })
    await writeFile(path, `#!/bin/sh\n${script}\n`)
    await chmod(path, mode)
    return path
  }

  it('prefers the ffmpeg on PATH, and says its version and encoders', async () => {
    const { path, version } = await ffmpegUnderTest()
    await mkdir(join(folder.path, 'bin'))
    await symlink(path, join(folder.path, 'bin', 'ffmpeg'))
    const found = await findFfmpeg({ env: { PATH: `/nowhere:${join(folder.path, 'bin')}` } })
    expect(found).to.include({ origin: 'system', version })
    expect(found.path).to.equal(join(folder.path, 'bin', 'ffmpeg'))
    expect(found.encoders.has('aac')).to.equal(true)
    expect(found.encoders.has('=')).to.equal(false)
  })

  it('passes over what is on PATH and does not run', async () => {
    await fake('broken/ffmpeg', 'exit 1')
    await fake('locked/ffmpeg', 'echo', 0o644)
    await fake('good/ffmpeg', 'echo "ffmpeg version 9.9 Copyright"')
    const folders = ['broken', 'locked', 'good'].map(name => join(folder.path, name))
    const found = await findFfmpeg({ env: { PATH: folders.join(':') } })
    expect(found).to.include({ version: '9.9', path: join(folder.path, 'good', 'ffmpeg') })
  })

  it('takes the configured one before any other, by setting and by environment', async () => {
    const path = await fake('mine', 'echo "ffmpeg version 1.0"')
    const env = { PATH: process.env.PATH, CDND_FFMPEG: path }
    expect(await findFfmpeg({ env })).to.include({ origin: 'configured', path })
    expect(await findFfmpeg({ path, env: {} })).to.include({ origin: 'configured', path })
  })

  it('takes a relative path as one from here, wherever it runs later', async () => {
    const path = await fake('near', 'echo "ffmpeg version 1.0"')
    expect(await findFfmpeg({ path: relative(process.cwd(), path) })).to.include({ path })
  })

  it('refuses a configured one that does not run, though others would', async () => {
    for (const path of ['/nowhere/ffmpeg', await fake('liar', 'echo hello'), folder.path]) {
      const failure = await failureOf(findFfmpeg({ path }))
      expect(failure, path).to.be.instanceOf(FfmpegNotFoundError)
      expect((failure as Error).message).to.include(path).and.to.include('apt install ffmpeg')
    }
  })

  it('falls back to the packaged one, or says what to install', async () => {
    const found = await findFfmpeg({ env: { PATH: '/nowhere' } }).catch((err: unknown) => err)
    if (found instanceof FfmpegNotFoundError) expect(found.message).to.include('brew install')
    else expect(found).to.include({ origin: 'packaged' })
  })
})

describe('origin/ffmpeg', function () {
  this.timeout(30_000)
  const folder = temporaryFolder()
  let ffmpeg: Ffmpeg
  let tone: string

  before(async () => {
    ffmpeg = new Ffmpeg(await ffmpegUnderTest())
    tone = await makeTone(folder.path, 'tone.wav', 5)
  })

  const toNothing = (input: string, ...options: string[]) =>
    ({ input, options: [...options, '-f', 'null'], folder: folder.path, output: '-' })

  it('runs to the end and tells how far it is', async () => {
    const progress: number[] = []
    const onProgress = (outMs: number): void => { progress.push(outMs) }
    const outcome = await ffmpeg.run(toNothing(tone), { onProgress })
    expect(outcome.isSuccess).to.equal(true)
    expect(progress.at(-1)).to.be.closeTo(5000, 100)
    expect(progress).to.deep.equal(progress.toSorted((a, b) => a - b))
  })

  it('makes ffmpeg\'s failure an outcome with its own words', async () => {
    const lines: string[] = []
    const onLine = (line: string): void => { lines.push(line) }
    const outcome = await ffmpeg.run(toNothing(tone, '-c:a', 'nonsense'), { onLine })
    expect(outcome.isSuccess).to.equal(false)
    expect(outcome.log.join('\n')).to.match(/Unknown encoder 'nonsense'/)
    expect(lines.some(line => line.startsWith('out_time'))).to.equal(false)
  })

  it('kills ffmpeg when aborted, and rejects with the reason once it is gone', async () => {
    const abort = new AbortController()
    // Real time: it would take five seconds.
    const input = { ...toNothing(tone), options: ['-af', 'arealtime', '-f', 'null'] }
    const started = Date.now()
    const onProgress = (): void => { abort.abort(new Error('enough')) }
    const run = ffmpeg.run(input, { signal: abort.signal, onProgress })
    expect(await failureOf(run)).to.have.property('message', 'enough')
    expect(Date.now() - started).to.be.lessThan(4000)
  })

  it('does not start when aborted before', async () => {
    const signal = AbortSignal.abort(new Error('early'))
    const failure = await failureOf(ffmpeg.run(toNothing(tone), { signal }))
    expect(failure).to.have.property('message', 'early')
  })

  it('gives up on a run that stands still', async () => {
    const path = join(folder.path, 'stuck')
    await writeFile(path, '#!/bin/sh\ncase "$*" in *-i*) exec sleep 60;; esac\nexit 0\n')
    await chmod(path, 0o755)
    const stuck = new Ffmpeg({ ...ffmpeg.binary, path })
    const failure = await failureOf(stuck.run(toNothing(tone), { stallMs: 300 }))
    expect(failure).to.be.instanceOf(DeadlineError)
  })

  it('survives a binary that is gone or may not be run', async () => {
    const locked = join(folder.path, 'locked')
    await writeFile(locked, '#!/bin/sh\n', { mode: 0o644 })
    for (const path of ['/nowhere/ffmpeg', locked]) {
      const gone = new Ffmpeg({ ...ffmpeg.binary, path } satisfies FfmpegBinary)
      expect(await failureOf(gone.run(toNothing(tone)))).to.be.instanceOf(FfmpegNotFoundError)
      expect(await failureOf(gone.inspect(tone))).to.be.instanceOf(FfmpegNotFoundError)
    }
  })

  it('survives a folder that is gone', async () => {
    const outcome = await ffmpeg.run({ ...toNothing(tone), folder: join(folder.path, 'gone') })
    expect(outcome).to.deep.include({ isSuccess: false })
    expect(outcome.log.join()).to.include('ENOENT')
  })

  it('does not follow a media file to the network', async () => {
    const list = join(folder.path, 'list.ffconcat')
    await writeFile(list, 'ffconcat version 1.0\nfile http://127.0.0.1:9/a.mp3\n')
    expect(await ffmpeg.inspect(list)).to.match(/not on whitelist|unsafe|Operation not permitted/i)
  })
})
