import { readFile, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { expect } from 'chai'
import type { CID } from 'multiformats/cid'
import type { CatalogEntry, IngestProgress } from '../../origin/index.ts'
import { FIRST_BLOCK_MS } from '../../origin/pack.ts'
import { type IndexedSegment, sumMs } from '../../protocols/content/index.ts'
import { type Rig, openRig, openTitle, writeHls } from './ingest-rig.ts'
import {
  makeFilm, makeTone, playedMs, REAL_TRACK, REAL_TRACK_MS, runFfmpeg
} from './media-files.ts'
import { temporaryFolder } from './temporary-folder.ts'

const TOLERANCE_MS = 50

async function concatenate (paths: string[], path: string): Promise<void> {
  const parts = await Promise.all(paths.map(async part => await readFile(part)))
  await writeFile(path, Buffer.concat(parts))
}

describe('origin/ingest', function () {
  this.timeout(60_000)
  const folder = temporaryFolder()
  let rig: Rig

  before(async () => { rig = await openRig(join(folder.path, 'rig')) })
  after(async () => { await rig.stop() })

  /** A player reads the title without a warning and finds all of it. */
  async function expectPlays (
    { id, renditions }: CatalogEntry, durationMs: number, streams: Array<'a' | 'v'>
  ): Promise<void> {
    const home = join(folder.path, String(id))
    const master = await writeHls(rig, id, home)
    const warnings = await runFfmpeg('-v', 'warning', '-i', master, '-map', '0', '-f', 'null', '-')
    expect(warnings).to.equal('')
    for (const stream of streams) {
      expect(await playedMs(master, stream)).to.be.closeTo(durationMs, TOLERANCE_MS)
    }
    const manifest = await openTitle(rig, id)
    for (const name of renditions) {
      await expectOneFile(join(home, name), manifest.index(name).next, durationMs)
    }
  }

  async function segmentsOf (id: CID, rendition: string): Promise<IndexedSegment[]> {
    return await Array.fromAsync((await openTitle(rig, id)).index(rendition).segments())
  }

  /** Init section and segments one after the other are a file that lasts as long. */
  async function expectOneFile (home: string, segments: number, durationMs: number): Promise<void> {
    const parts = ['init.mp4', ...Array.from({ length: segments }, (_, n) => `${n}.m4s`)]
    const path = join(home, 'whole.mp4')
    await concatenate(parts.map(part => join(home, part)), path)
    expect(await playedMs(path, 'a')).to.be.closeTo(durationMs, TOLERANCE_MS)
  }

  it('publishes real music that a player plays to its end', async () => {
    const progress: IngestProgress[] = []
    const onProgress = (each: IngestProgress): void => { progress.push(each) }
    const entry = await rig.ingest.publish({ path: REAL_TRACK, alias: 'metal' }, { onProgress })
    expect(entry).to.include({ title: 'metal-madness', alias: 'metal' })
    expect(entry.source).to.equal('metal-madness.ogg')
    expect(entry.durationMs).to.be.closeTo(REAL_TRACK_MS, TOLERANCE_MS)
    expect(entry.renditions).to.deep.equal(['128k'])
    await expectPlays(entry, REAL_TRACK_MS, ['a'])
    const stages = new Set(progress.map(({ stage }) => stage))
    expect(Array.from(stages)).to.deep.equal(['transcode', 'hash', 'store'])
    expect(progress.filter(({ stage }) => stage === 'store').at(-1)?.percent).to.equal(100)
    const { segments } = (await openTitle(rig, entry.id)).root.renditions[0]!
    expect(segments).to.equal(15)
  })

  it('keeps the file a title was made from, and leaves no scratch', async () => {
    const entry = rig.ingest.catalog.get('metal')!
    expect(await rig.leftovers()).to.deep.equal([entry.master])
    const master = await readFile(rig.ingest.masters.pathOf(entry.master!))
    expect(master.equals(await readFile(REAL_TRACK))).to.equal(true)
  })

  it('makes a rendition of each bit rate, their segments aligned', async () => {
    const path = await makeTone(folder.path, 'three.wav', 9.5)
    const bitrates = [64_000, 128_000, 256_000]
    const entry = await rig.ingest.publish({ path, bitrates, segmentMs: 4000 })
    const manifest = await openTitle(rig, entry.id)
    const { renditions } = manifest.root
    expect(renditions.map(({ name, segments, codecs }) => [name, segments, codecs])).to.deep.equal([
      ['64k', 3, 'mp4a.40.2'], ['128k', 3, 'mp4a.40.2'], ['256k', 3, 'mp4a.40.2']
    ])
    expect(new Set(renditions.map(({ durationMs }) => durationMs)).size).to.equal(1)
    const [low, , high] = renditions.map(({ bandwidth }) => bandwidth)
    expect(low).to.be.within(50_000, 90_000)
    expect(high).to.be.greaterThan(low!)
    await expectPlays(entry, 9500, ['a'])
  })

  it('keeps a last segment of 20 ms', async () => {
    // 94 AAC frames of 1,024 samples are 2,005 ms; the encoder adds one in front.
    const path = await makeTone(folder.path, 'tail.wav', 94 * 1024 / 48_000)
    const entry = await rig.ingest.publish({ path, segmentMs: 2000 })
    const segments = await segmentsOf(entry.id, '128k')
    expect(segments).to.have.length(2)
    expect(segments[1]?.durationMs).to.be.within(1, 45)
    await expectPlays(entry, 94 * 1024 / 48, ['a'])
  })

  it('publishes mp3, with a cover picture or without, as sound', async () => {
    const title = 'title=Duration: 00:99:00.00, start'
    const tone = await makeTone(folder.path, 'tone.mp3', 5, '-metadata', title)
    const cover = join(folder.path, 'cover.png')
    await runFfmpeg('-f', 'lavfi', '-i', 'color=red:size=64x64', '-frames:v', '1', cover)
    const path = join(folder.path, 'covered.mp3')
    await runFfmpeg(
      '-i', tone, '-i', cover, '-map', '0', '-map', '1', '-c', 'copy',
      '-disposition:v', 'attached_pic', path
    )
    for (const each of [tone, path]) {
      const entry = await rig.ingest.publish({ path: each })
      expect(entry.renditions).to.deep.equal(['128k'])
      await expectPlays(entry, 5000, ['a'])
    }
  })

  it('keeps the picture of a video, keyframes at the start of each segment', async () => {
    const path = await makeFilm(folder.path, 'film.mp4', 7, '320x180')
    const entry = await rig.ingest.publish({ path, segmentMs: 2000 })
    const [rendition] = (await openTitle(rig, entry.id)).root.renditions
    expect(rendition).to.include({ name: '180p', segments: 4 })
    expect(rendition?.resolution).to.deep.equal({ width: 320, height: 180 })
    expect(rendition?.codecs).to.match(/^avc1\.64[0-9a-f]{4},mp4a\.40\.2$/)
    const segments = await segmentsOf(entry.id, '180p')
    expect(segments.map(({ durationMs }) => durationMs)).to.deep.equal([2000, 2000, 2000, 1000])
    await expectPlays(entry, 7000, ['a', 'v'])
    await expectStartsWithKeyframe(join(folder.path, String(entry.id), '180p'), 3)
  })

  /** A decoder that begins at segment `n` has nothing to complain of. */
  async function expectStartsWithKeyframe (home: string, n: number): Promise<void> {
    const path = join(home, 'from.mp4')
    await concatenate([join(home, 'init.mp4'), join(home, `${n}.m4s`)], path)
    expect(await runFfmpeg('-v', 'error', '-i', path, '-f', 'null', '-')).to.equal('')
  }

  it('makes a ladder of sizes cut at the same frames', async () => {
    const path = await makeFilm(folder.path, 'ladder.mkv', 5, '320x240')
    const entry = await rig.ingest.publish({ path, segmentMs: 2000, ladder: [120, 240, 480] })
    const manifest = await openTitle(rig, entry.id)
    const { renditions } = manifest.root
    expect(renditions.map(({ name, resolution }) => [name, resolution])).to.deep.equal([
      ['120p', { width: 160, height: 120 }], ['240p', { width: 320, height: 240 }]
    ])
    const cuts = await Promise.all(entry.renditions.map(async name =>
      (await segmentsOf(entry.id, name)).map(({ startMs }) => startMs)))
    expect(cuts).to.deep.equal([[0, 2000, 4000], [0, 2000, 4000]])
    // Matroska does not tell the padding of AAC: the original itself plays for 5,035 ms.
    await expectPlays(entry, await playedMs(path, 'a'), ['a', 'v'])
  })

  it('turns a portrait video upright', async () => {
    const film = await makeFilm(folder.path, 'lying.mp4', 2, '320x180')
    const path = join(folder.path, 'upright.mp4')
    await runFfmpeg('-i', film, '-vf', 'transpose', '-c:a', 'copy', path)
    const entry = await rig.ingest.publish({ path, ladder: [120] })
    const [rendition] = (await openTitle(rig, entry.id)).root.renditions
    expect(rendition?.resolution).to.deep.equal({ width: 120, height: 212 })
  })

  it('publishes a silent video, and one whose sound goes on after the picture', async () => {
    const film = await makeFilm(folder.path, 'short.mp4', 3, '160x120')
    const silent = join(folder.path, 'silent.mp4')
    await runFfmpeg('-i', film, '-an', '-c:v', 'copy', silent)
    const { id } = await rig.ingest.publish({ path: silent })
    const [rendition] = (await openTitle(rig, id)).root.renditions
    expect(rendition?.codecs).to.match(/^avc1\.[0-9a-f]{6}$/)
    const tone = await makeTone(folder.path, 'long.wav', 6)
    const path = join(folder.path, 'longer.mp4')
    await runFfmpeg(
      '-i', film, '-i', tone, '-map', '0:v', '-map', '1:a', '-c:v', 'copy', '-c:a', 'aac', path
    )
    const entry = await rig.ingest.publish({ path, segmentMs: 2000 })
    expect(entry.durationMs).to.be.closeTo(6000, TOLERANCE_MS)
    await expectPlays(entry, 6000, ['a'])
  })

  it('gives one file, title, settings and ffmpeg one content ID, wherever they are', async () => {
    const song = await makeTone(folder.path, 'same.wav', 6)
    const film = await makeFilm(folder.path, 'same.mp4', 4, '320x180')
    const other = await openRig(join(folder.path, 'other %d rig'), { keepsMasters: false })
    try {
      for (const path of [song, film]) {
        const moved = join(folder.path, `moved-${basename(path)}`)
        await writeFile(moved, await readFile(path))
        const bitrates = [64_000, 128_000]
        const settings = { title: 'Same', bitrates, segmentMs: 2000, ladder: [90, 180] }
        const one = await rig.ingest.publish({ path, ...settings })
        const two = await other.ingest.publish({ path: moved, ...settings })
        expect(String(two.id)).to.equal(String(one.id))
        expect(two.master).to.equal(undefined)
        const changed = await other.ingest.publish({ path, ...settings, segmentMs: 3000 })
        expect(String(changed.id)).not.to.equal(String(one.id))
      }
    } finally {
      await other.stop()
    }
  })

  it('cuts segments into blocks of the size asked for, under a UnixFS root', async () => {
    const path = await makeTone(folder.path, 'blocks.wav', 10)
    const entry = await rig.ingest.publish({ path, blockBytes: 16_384 })
    const segment = await (await openTitle(rig, entry.id)).index('128k').segment(0)
    expect(segment.blocks.length).to.be.greaterThan(3)
    expect(segment.blocks.slice(0, -1).every(({ size }) => size === 16_384)).to.equal(true)
    expect(rig.store.has(segment.cid)).to.equal(true)
  })

  it('begins a rendition with small blocks, for a soon start', async () => {
    const path = await makeTone(folder.path, 'start.wav', 20)
    const entry = await rig.ingest.publish({ path })
    const index = (await openTitle(rig, entry.id)).index('128k')
    const [first, second] = [await index.segment(0), await index.segment(1)]
    const begins = Math.ceil(first.size * FIRST_BLOCK_MS / first.durationMs)
    expect(first.blocks.map(({ size }) => size))
      .to.deep.equal([begins, 2 * begins, first.size - 3 * begins])
    expect(second.blocks).to.have.length(1)
    for (const { cid } of [...first.blocks, ...second.blocks]) {
      expect(rig.store.has(cid)).to.equal(true)
    }
  })

  it('says what it published in segments that add up', async () => {
    for (const entry of rig.ingest.catalog.list()) {
      const manifest = await openTitle(rig, entry.id)
      for (const { name, durationMs } of manifest.root.renditions) {
        expect(sumMs(await Array.fromAsync(manifest.index(name).segments()))).to.equal(durationMs)
      }
    }
  })
})
