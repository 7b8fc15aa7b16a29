import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, readdir, readlink, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { expect } from 'chai'
import type { CID } from 'multiformats/cid'
import type { IngestOptions, IngestProgress, IngestRequest } from '../../origin/index.ts'
import { MAX_WAITING_INGESTS } from '../../origin/ingest.ts'
import {
  DiskFullError, InvalidArgumentError, OverloadedError, QuotaExceededError
} from '../../protocols/errors.ts'
import { openRig, openTitle, type Rig } from './ingest-rig.ts'
import { ffmpegUnderTest, makeFilm, makeTone } from './media-files.ts'
import { temporaryFolder } from './temporary-folder.ts'

const failureOf = async (task: Promise<unknown>): Promise<unknown> =>
  await task.then(() => undefined, err => err)

function startChild (args: string[], env: NodeJS.ProcessEnv = {}) {
  const script = new URL('./crash-child.ts', import.meta.url).pathname
  return spawn(process.execPath, [script, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, ...env }
  })
}

/** Linux: IDs of processes that run somewhere under `folder`. */
async function processesIn (folder: string): Promise<string[]> {
  const names = await readdir('/proc').catch(() => [])
  const places = await Promise.all(names.map(async pid => {
    return await readlink(`/proc/${pid}/cwd`).catch(() => '')
  }))
  return names.filter((_, i) => places[i]!.startsWith(folder))
}

describe('origin/ingest, all or nothing', function () {
  this.timeout(60_000)
  const folder = temporaryFolder()
  let rig: Rig
  let tone: string
  let count = 0

  before(async () => { tone = await makeTone(folder.path, 'tone.wav', 12) })
  beforeEach(async () => { rig = await openRig(join(folder.path, `rig${count++}`)) })
  afterEach(async () => { await rig.stop() })

  async function expectNothing (): Promise<void> {
    expect(rig.ingest.catalog.list()).to.deep.equal([])
    expect(rig.store.usage().blocks).to.equal(0)
    expect(Array.from(rig.store.pins())).to.deep.equal([])
    expect(await rig.leftovers()).to.deep.equal([])
  }

  async function expectTaken (path: string): Promise<void> {
    const failure = await failureOf(rig.ingest.publish({ path, alias: 'tone' }))
    expect(failure).to.be.instanceOf(InvalidArgumentError)
    expect((failure as Error).message).to.include('is taken by')
  }

  async function expectWhole (id: CID): Promise<void> {
    const blocks = await Array.fromAsync((await openTitle(rig, id)).blocks())
    expect(blocks.every(({ cid }) => rig.store.has(cid) && rig.store.isPinned(cid))).to.equal(true)
  }

  for (const stage of ['transcode', 'hash', 'store'] as const) {
    it(`leaves nothing when aborted in the stage "${stage}"`, async () => {
      const abort = new AbortController()
      const onProgress = (progress: IngestProgress): void => {
        if (progress.stage === stage) abort.abort(new Error('enough'))
      }
      const request = { path: tone, segmentMs: 2000, blockBytes: 16_384 }
      const { signal } = abort
      const failure = await failureOf(rig.ingest.publish(request, { signal, onProgress }))
      expect(failure).to.have.property('message', 'enough')
      await expectNothing()
      await expectWhole((await rig.ingest.publish(request)).id)
    })
  }

  it('undoes what is under way when it stops, before stop() returns', async () => {
    const stage = Promise.withResolvers<void>()
    const onProgress = (): void => { stage.resolve() }
    const publishing = failureOf(rig.ingest.publish({ path: tone }, { onProgress }))
    await stage.promise
    await rig.ingest.stop()
    await expectNothing()
    expect(await publishing).to.be.instanceOf(OverloadedError)
    const late = await failureOf(rig.ingest.publish({ path: tone }))
    expect(late).to.be.instanceOf(OverloadedError)
    await rig.ingest.start()
    await expectWhole((await rig.ingest.publish({ path: tone })).id)
  })

  it('keeps the blocks that another title needs when one fails', async () => {
    const first = await rig.ingest.publish({ path: tone, title: 'One', segmentMs: 2000 })
    const { blocks } = rig.store.usage()
    const abort = new AbortController()
    // The same media under another title: all but the root is there already.
    const again = { path: tone, title: 'Two', segmentMs: 2000 }
    const onProgress: IngestOptions['onProgress'] = ({ stage, percent }) => {
      if (stage === 'store' && percent > 90) abort.abort()
    }
    await failureOf(rig.ingest.publish(again, { signal: abort.signal, onProgress }))
    expect(rig.store.usage().blocks).to.equal(blocks)
    await expectWhole(first.id)
  })

  it('unpublishes a title: what it alone needed goes, what others need stays', async () => {
    const request: IngestRequest = { path: tone, segmentMs: 2000, blockBytes: 16_384 }
    const one = await rig.ingest.publish({ ...request, title: 'One', alias: 'one' })
    const { blocks } = rig.store.usage()
    await rig.ingest.publish({ ...request, title: 'Two', alias: 'two' })
    expect((await rig.ingest.unpublish('two'))?.title).to.equal('Two')
    expect(rig.store.usage().blocks).to.equal(blocks)
    await expectWhole(one.id)
    expect(await rig.ingest.unpublish('two')).to.equal(undefined)
    await rig.ingest.unpublish(one.id)
    await expectNothing()
  })

  it('takes the same file again, mends what was lost, and keeps its date', async () => {
    const one = await rig.ingest.publish({ path: tone, alias: 'tone' })
    const segment = await (await openTitle(rig, one.id)).index('128k').segment(0)
    await rig.store.delete(segment.blocks[0]!.cid)
    const two = await rig.ingest.publish({ path: tone, alias: 'tone' })
    expect(String(two.id)).to.equal(String(one.id))
    expect(two.createdAt).to.equal(one.createdAt)
    await expectWhole(one.id)
    expect(rig.ingest.catalog.list()).to.have.length(1)
  })

  it('refuses a taken alias and leaves no blocks', async () => {
    await rig.ingest.publish({ path: tone, alias: 'tone' })
    const { blocks } = rig.store.usage()
    const other = await makeTone(folder.path, 'other.wav', 3)
    await expectTaken(other)
    // Found only when the catalogue is written: the file of the same name is another title.
    await mkdir(join(folder.path, 'elsewhere'), { recursive: true })
    const namesake = await makeTone(folder.path, 'elsewhere/tone.wav', 3)
    await expectTaken(namesake)
    expect(rig.store.usage().blocks).to.equal(blocks)
  })

  it('works on one file at a time, and refuses to queue without end', async () => {
    let running = 0
    let most = 0
    const short = await makeTone(folder.path, 'short.wav', 0.5)
    const publish = async (i: number) => await rig.ingest.publish({ path: short, title: `T${i}` }, {
      onProgress: ({ stage, percent }) => {
        if (stage === 'hash' && percent < 100) return
        running += stage === 'hash' ? 1 : 0
        most = Math.max(most, running)
        if (stage === 'store' && percent === 100) running--
      }
    })
    expect(await Promise.all([publish(1), publish(2), publish(3)])).to.have.length(3)
    expect(most).to.equal(1)
    const flood = Array.from({ length: MAX_WAITING_INGESTS + 2 }, (_, i) => failureOf(publish(i)))
    await rig.ingest.stop()
    const failures = await Promise.all(flood)
    const refused = failures.filter(err => (err as Error).message.includes('wait already'))
    expect(refused).to.have.length(1)
    expect(failures.every(err => err instanceof OverloadedError)).to.equal(true)
  })

  it('undoes at the next start what a crash cut off', async () => {
    const whole = await rig.ingest.publish({ path: tone, title: 'Whole' })
    const { blocks } = rig.store.usage()
    // As a killed process leaves it: journal and pins written, some blocks stored, no entry.
    const job = join(rig.folder, 'scratch', 'job')
    const lost = await openRig(join(folder.path, `lost${count}`))
    const { id } = await lost.ingest.publish({ path: tone, title: 'Lost', segmentMs: 3000 })
    const cids = (await Array.fromAsync((await openTitle(lost, id)).blocks())).map(({ cid }) => cid)
    await rig.store.pin(`published:${id}`, cids)
    for (const cid of cids) await rig.store.put(cid, (await lost.store.get(cid))!)
    await lost.stop()
    await mkdir(join(job, 'media', '128k'), { recursive: true })
    await writeFile(join(job, 'media', '128k', '0.m4s'), 'half')
    const journal = { id: String(id), cids: cids.map(String) }
    await writeFile(join(job, 'written.json'), JSON.stringify(journal))
    await mkdir(join(rig.folder, 'scratch', 'young'))
    await writeFile(rig.ingest.masters.pathOf(`${id}.wav.partial`), 'half')
    await rig.ingest.stop()
    await rig.ingest.start()
    expect(rig.store.usage().blocks).to.equal(blocks)
    expect(await rig.leftovers()).to.deep.equal([whole.master])
    await expectWhole(whole.id)
  })

  for (const stage of ['transcode', 'hash', 'store']) {
    it(`is clean at the next start after a kill -9 in the stage "${stage}"`, async () => {
      const home = join(folder.path, `killed-${stage}`)
      const child = startChild([home, tone, stage])
      await once(child.stdout, 'data')
      child.kill('SIGKILL')
      await once(child, 'exit')
      await rig.stop()
      rig = await openRig(home)
      await expectNothing()
      const { id } = await rig.ingest.publish({ path: tone, segmentMs: 2000, blockBytes: 16_384 })
      await expectWhole(id)
    })
  }

  it('ends the ffmpeg that outlived a killed process', async () => {
    const home = join(folder.path, 'orphaned')
    const slow = join(folder.path, 'slow-ffmpeg')
    const { path } = await ffmpegUnderTest()
    // Real time, so that it is far from its end when its parent dies.
    const slowly = `*hls*) exec ${path} -re "$@";;`
    await writeFile(slow, `#!/bin/sh\ncase "$*" in ${slowly} *) exec ${path} "$@";; esac\n`)
    await chmod(slow, 0o755)
    const child = startChild([home, tone, 'transcode'], { CDND_FFMPEG: slow })
    await once(child.stdout, 'data')
    child.kill('SIGKILL')
    await once(child, 'exit')
    if (process.platform === 'linux') expect(await processesIn(home)).to.have.length(1)
    await rig.stop()
    rig = await openRig(home)
    expect(await processesIn(home)).to.deep.equal([])
    await expectNothing()
  })

  it('keeps a title whose process was killed just after the commit', async () => {
    const { id } = await rig.ingest.publish({ path: tone })
    const blocks = await Array.fromAsync((await openTitle(rig, id)).blocks())
    const cids = blocks.map(({ cid }) => String(cid))
    const job = join(rig.folder, 'scratch', 'job')
    await mkdir(job)
    await writeFile(join(job, 'written.json'), JSON.stringify({ id: String(id), cids }))
    await rig.ingest.stop()
    await rig.ingest.start()
    await expectWhole(id)
    expect(await rig.leftovers()).to.deep.equal([rig.ingest.catalog.get(id)?.master])
  })

  it('publishes nothing past the store\'s quota', async () => {
    await rig.stop()
    rig = await openRig(join(folder.path, `quota${count}`), { quotaBytes: 60_000 })
    expect(await failureOf(rig.ingest.publish({ path: tone }))).to.be.instanceOf(QuotaExceededError)
    await expectNothing()
  })
})

describe('origin/ingest, on a full disk', function () {
  this.timeout(60_000)
  const folder = temporaryFolder()
  /** False where we may not mount: only root may. */
  function mountDisk (path: string, sizeBytes: number): boolean {
    try {
      const options = ['-t', 'tmpfs', '-o', `size=${sizeBytes}`]
      execFileSync('mount', [...options, 'tmpfs', path], { stdio: 'ignore' })
      return true
    } catch {
      return false
    }
  }

  it('refuses segments that ffmpeg wrote half, as it does without a word', async () => {
    const { path } = await ffmpegUnderTest()
    const careless = join(folder.path, 'careless-ffmpeg')
    const tone = await makeTone(folder.path, 'tone.wav', 5)
    for (const cut of ['128k/1.m4s', '128k/init.mp4', '128k/index.m3u8']) {
      const cutting = `*hls*) ${path} "$@"; truncate -s 200 ${cut};;`
      const script = `#!/bin/sh\ncase "$*" in ${cutting} *) exec ${path} "$@";; esac\n`
      await writeFile(careless, script)
      await chmod(careless, 0o755)
      const home = join(folder.path, `careless-${basename(cut)}`)
      const rig = await openRig(home, { ffmpegPath: careless })
      const failure = await failureOf(rig.ingest.publish({ path: tone, segmentMs: 2000 }))
      expect(failure, cut).to.be.instanceOf(DiskFullError)
      expect(await rig.leftovers()).to.deep.equal([])
      await rig.stop()
    }
  })

  // From the scratch folder to the master's copy: each meets its end in one of these.
  for (const kilobytes of [100, 400, 900, 1400]) {
    it(`leaves nothing on a disk of ${kilobytes} kB`, async () => {
      const disk = join(folder.path, `disk${kilobytes}`)
      await mkdir(disk)
      if (!mountDisk(disk, kilobytes * 1000)) return
      const options = ['-b:a', '256k', '-g', '5']
      const path = await makeFilm(folder.path, 'film.mp4', 20, '320x240', ...options)
      const rig = await openRig(join(folder.path, `rig${kilobytes}`), { folder: disk })
      try {
        const failure = await failureOf(rig.ingest.publish({ path, bitrates: [256_000] }))
        expect(failure).to.be.instanceOf(DiskFullError)
        expect((failure as Error).message).to.include(disk).and.to.include('free some')
        expect(rig.ingest.catalog.list()).to.deep.equal([])
        expect(rig.store.usage().blocks).to.equal(0)
        expect(await readdir(join(disk, 'scratch'))).to.deep.equal([])
      } finally {
        await rig.stop()
        execFileSync('umount', [disk])
      }
    })
  }
})
