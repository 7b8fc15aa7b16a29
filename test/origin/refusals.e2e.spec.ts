import { execFileSync } from 'node:child_process'
import { chmod, copyFile, mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'chai'
import type { IngestRequest } from '../../origin/index.ts'
import {
  FfmpegNotFoundError, InvalidArgumentError, InvalidMediaError
} from '../../protocols/errors.ts'
import { openRig, type Rig } from './ingest-rig.ts'
import {
  cutFile, ffmpegUnderTest, makeFilm, makeTone, REAL_TRACK, runFfmpeg
} from './media-files.ts'
import { temporaryFolder } from './temporary-folder.ts'

const failureOf = async (task: Promise<unknown>): Promise<unknown> =>
  await task.then(() => undefined, err => err)

describe('origin/ingest, of what it refuses', function () {
  this.timeout(60_000)
  const folder = temporaryFolder()
  let rig: Rig
  before(async () => { rig = await openRig(join(folder.path, 'rig')) })
  after(async () => { await rig.stop() })

  afterEach('leaves no trace', async () => {
    expect(rig.ingest.catalog.list()).to.deep.equal([])
    expect(rig.store.usage().blocks).to.equal(0)
    expect(Array.from(rig.store.pins())).to.deep.equal([])
    expect(await rig.leftovers()).to.deep.equal([])
  })

  /** The refusal is an InvalidMediaError that names the file and says what is wrong with it. */
  async function expectRefused (path: string, reason: RegExp): Promise<void> {
    const failure = await failureOf(rig.ingest.publish({ path, segmentMs: 2000 }))
    expect(failure, path).to.be.instanceOf(InvalidMediaError)
    expect((failure as Error).message).to.include(path).and.to.match(reason)
  }

  it('no file, a folder, an empty file', async () => {
    await expectRefused(join(folder.path, 'none.mp3'), /no such file/)
    await expectRefused(folder.path, /is a folder/)
    const empty = join(folder.path, 'empty.mp3')
    await writeFile(empty, '')
    await expectRefused(empty, /is empty/)
  })

  it('a pipe, which would be waited for without end', async () => {
    const pipe = join(folder.path, 'pipe.mp3')
    execFileSync('mkfifo', [pipe])
    await expectRefused(pipe, /not a regular file/)
  })

  it('a file that cannot be read', async () => {
    // Root may read anything, so a missing permission shows only elsewhere.
    if (process.getuid?.() !== 0) {
      const path = await makeTone(folder.path, 'locked.wav', 1)
      await chmod(path, 0o000)
      await expectRefused(path, /may not be read/)
    }
    const loop = join(folder.path, 'loop.wav')
    await symlink(loop, loop)
    await expectRefused(loop, /cannot be read/)
  })

  it('text, random bytes under any name, a picture, a list of other files', async () => {
    const noise = Buffer.alloc(300_000, 0)
    for (let i = 0; i < noise.length; i++) noise[i] = (i * i * 2654435761 >>> 13) & 0xff
    for (const name of ['noise.bin', 'noise.mp3', 'noise.mp4', 'noise.ogg']) {
      const path = join(folder.path, name)
      await writeFile(path, noise)
      await expectRefused(path, /./)
    }
    const text = join(folder.path, 'note.txt')
    await writeFile(text, 'This is no music.\n'.repeat(100))
    await expectRefused(text, /not audio or video/)
    const picture = join(folder.path, 'picture.png')
    await runFfmpeg('-f', 'lavfi', '-i', 'color=red:size=64x64', '-frames:v', '1', picture)
    await expectRefused(picture, /not audio or video/)
    const list = join(folder.path, 'list.m3u8')
    await writeFile(list, '#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n/etc/passwd\n')
    await expectRefused(list, /not audio or video/)
  })

  it('what is too short to play', async () => {
    await expectRefused(await makeTone(folder.path, 'blip.wav', 0.02), /too short/)
  })

  it('sound cut in the middle, in every container that lets one tell', async () => {
    const formats: Array<[string, ...string[]]> = [
      ['a.wav'], ['a.flac'], ['a.aiff'], ['a.mp3', '-b:a', '128k'],
      ['a.m4a', '-c:a', 'aac', '-movflags', '+faststart'],
      ['end.m4a', '-c:a', 'aac'],
      ['a.mka', '-c:a', 'pcm_s16le']
    ]
    for (const [name, ...options] of formats) {
      const tone = await makeTone(folder.path, name, 20, ...options)
      await expectRefused(await cutFile(tone, 0.6), /cut short/)
    }
    const ogg = join(folder.path, 'real.ogg')
    await copyFile(REAL_TRACK, ogg)
    await expectRefused(await cutFile(ogg, 0.5), /cut short/)
  })

  it('video cut in the middle', async () => {
    const front = ['a.mp4', '-movflags', '+faststart'] as const
    for (const [name, ...options] of [front, ['end.mp4'], ['a.mkv'], ['a.avi']] as const) {
      const film = await makeFilm(folder.path, name, 6, '160x120', ...options)
      await expectRefused(await cutFile(film, 0.6), /cut short/)
    }
  })

  it('a file that changes while it is read', async () => {
    const path = await makeTone(folder.path, 'growing.wav', 3)
    const onProgress = (): void => { execFileSync('touch', ['-d', '2001-01-01', path]) }
    const failure = await failureOf(rig.ingest.publish({ path }, { onProgress }))
    expect(failure).to.be.instanceOf(InvalidMediaError)
    expect((failure as Error).message).to.match(/changed while/)
  })

  it('settings that cannot be, before any work', async () => {
    const wrong: Array<Partial<IngestRequest>> = [
      { bitrates: [] }, { segmentMs: 1 }, { title: '' }, { alias: '../x' }
    ]
    for (const request of wrong) {
      const failure = await failureOf(rig.ingest.publish({ path: REAL_TRACK, ...request }))
      expect(failure).to.be.instanceOf(InvalidArgumentError)
    }
  })

  it('video where ffmpeg has no H.264 encoder, and says what to install', async () => {
    const { path } = await ffmpegUnderTest()
    const poor = join(folder.path, 'poor-ffmpeg')
    const list = `*-encoders*) ${path} "$@" | grep -v libx264;;`
    await writeFile(poor, `#!/bin/sh\ncase "$*" in ${list} *) exec ${path} "$@";; esac\n`)
    await chmod(poor, 0o755)
    const film = await makeFilm(folder.path, 'film.mp4', 1, '160x120')
    const other = await openRig(join(folder.path, 'poor'), { ffmpegPath: poor })
    try {
      const failure = await failureOf(other.ingest.publish({ path: film }))
      expect(failure).to.be.instanceOf(FfmpegNotFoundError)
      expect((failure as Error).message).to.match(/no libx264 encoder.*apt install ffmpeg/)
      expect((await other.ingest.publish({ path: REAL_TRACK })).renditions).to.deep.equal(['128k'])
    } finally {
      await other.stop()
    }
  })

  it('anything while there is no ffmpeg, and works once there is', async () => {
    const path = join(folder.path, 'bin', 'late-ffmpeg')
    const tone = await makeTone(folder.path, 'late.wav', 1)
    const other = await openRig(join(folder.path, 'late'), { ffmpegPath: path })
    try {
      const failure = await failureOf(other.ingest.publish({ path: tone }))
      expect(failure).to.be.instanceOf(FfmpegNotFoundError)
      await mkdir(join(folder.path, 'bin'))
      await symlink((await ffmpegUnderTest()).path, path)
      expect((await other.ingest.publish({ path: tone })).title).to.equal('late')
    } finally {
      await other.stop()
    }
  })
})

describe('origin/ingest, of what it takes though it looks odd', function () {
  this.timeout(60_000)
  const folder = temporaryFolder()
  let rig: Rig
  before(async () => { rig = await openRig(join(folder.path, 'rig')) })
  after(async () => { await rig.stop() })

  async function expectLasts (path: string, durationMs: number): Promise<void> {
    expect((await rig.ingest.publish({ path })).durationMs, path).to.be.closeTo(durationMs, 100)
  }

  it('mp3 with a large and broken ID3 tag before it and an old one behind', async () => {
    const options = ['-b:a', '128k', '-id3v2_version', '0']
    const path = await makeTone(folder.path, 'plain.mp3', 5, ...options)
    const tag = Buffer.alloc(10 + 40_000, 0x55)
    tag.write('ID3\x04\x00\x00', 'latin1')
    tag.writeUInt32BE(0x0002_3840, 6) // 40,000 as four bytes of seven bits
    const old = Buffer.alloc(128)
    old.write('TAGa tune')
    const odd = join(folder.path, 'tagged.mp3')
    await writeFile(odd, Buffer.concat([tag, await readFile(path), old]))
    await expectLasts(odd, 5000)
  })

  it('mp3 without a Xing header, whose duration is a guess', async () => {
    const options = ['-b:a', '128k', '-write_xing', '0']
    await expectLasts(await makeTone(folder.path, 'bare.mp3', 5, ...options), 5050)
  })

  it('wav written to a pipe, which could not know its size', async () => {
    const path = await makeTone(folder.path, 'piped.wav', 5)
    const bytes = await readFile(path)
    bytes.writeUInt32LE(0xffff_ffff, 4)
    bytes.writeUInt32LE(0xffff_ffff, bytes.indexOf('data') + 4)
    await writeFile(path, bytes)
    await expectLasts(path, 5020)
  })

  it('names with spaces, quotes, percent signs and dashes', async () => {
    const tone = await makeTone(folder.path, 'tone.wav', 1)
    for (const name of ['-i %d "it\'s".wav', 'a:b?c#d.wav', '%v/100%.wav']) {
      const path = join(folder.path, name)
      await mkdir(join(path, '..'), { recursive: true })
      await copyFile(tone, path)
      await expectLasts(path, 1020)
    }
  })
})
