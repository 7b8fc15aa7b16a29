import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { MAX_SEGMENTS, Plays } from '../../daemon/plays.ts'
import { diskCost } from '../../daemon/store/index.ts'
import { type Manifest, openManifest } from '../../protocols/content/index.ts'
import { MAX_BLOCK_BYTES, MAX_PAGE_BLOCKS, MAX_SEGMENT_BYTES } from '../../protocols/limits.ts'
import { sha256 } from '../../protocols/sha256.ts'
import { type SampleTitle, sampleTitle } from '../protocols/content/titles.ts'
import { blockNamed, contentNamed } from '../protocols/tracker/nodes.ts'
import { spokenLog } from './spoken-log.ts'

const HOUR = 3_600_000

describe('daemon/plays', () => {
  let title: SampleTitle
  let manifest: Manifest
  let folder: string
  before(async () => {
    title = await sampleTitle(4)
    manifest = await openManifest(title.id, title.load, { sha256 })
  })
  beforeEach(async () => { folder = await mkdtemp(join(tmpdir(), 'cdnd-plays-')) })
  afterEach(async () => { await rm(folder, { recursive: true }) })

  const time = { nowMs: 1_700_000_000_000 }
  async function open () {
    const { log, lines } = spokenLog()
    const path = join(folder, 'plays.json')
    return { plays: await Plays.open({ path, clock: () => time.nowMs, log }), lines, path }
  }
  const id = () => String(title.id)

  it('counts a rendition played to its end as one play, and each segment', async () => {
    const { plays } = await open()
    for (let n = 0; n < 4; n++) plays.segment(manifest, '128k', n)
    plays.segment(manifest, '128k', 0)
    plays.segment(manifest, '128k', 4)
    plays.segment(manifest, 'none', 0)
    const [top] = plays.top(9)
    expect(top).to.include({ id: id() })
    expect(top!.plays).to.be.closeTo(1.25, 1e-6)
    expect(plays.topSegments(9)).to.have.length(4)
    expect(plays.topSegments(1)[0]).to.include({ id: `${id()}/128k/0` })
  })

  it('counts bytes as their share of a title, and interest as a play, in titles only', async () => {
    const { plays } = await open()
    const [{ size } = { size: 0 }] = manifest.root.renditions
    plays.bytes(manifest, size / 2)
    plays.bytes(manifest, 0)
    plays.interest(contentNamed('other'))
    plays.interest(blockNamed('a file'))
    expect(plays.top(9).map(({ id, plays }) => [id, Math.round(plays * 10) / 10]))
      .to.deep.equal([[String(contentNamed('other')), 1], [id(), 0.5]])
    plays.forget(contentNamed('other'))
    expect(plays.top(9)).to.have.length(1)
  })

  it('says what a segment takes on disk, by the largest played lately', async () => {
    const { plays } = await open()
    expect(plays.segmentCost).to.equal(diskCost(160_000))
    plays.segment(manifest, '128k', 0)
    const [{ size, blocks, segments } = { size: 0, blocks: 1, segments: 1 }] =
      manifest.root.renditions
    expect(plays.segmentCost).to.equal(diskCost(size / blocks) * blocks / segments)
  })

  it('believes no title that a segment is larger than segments can be', async () => {
    const { plays } = await open()
    const [rendition] = manifest.root.renditions
    const renditions = [{
      ...rendition!, segments: 1, blocks: MAX_PAGE_BLOCKS, size: MAX_PAGE_BLOCKS * MAX_BLOCK_BYTES
    }]
    const claimed = { id: manifest.id, root: { ...manifest.root, renditions } } as Manifest
    plays.segment(claimed, '128k', 0)
    expect(plays.segmentCost).to.equal(MAX_SEGMENT_BYTES)
  })

  it('goes on after a restart', async () => {
    const { plays: first } = await open()
    first.start()
    for (let n = 0; n < 4; n++) first.segment(manifest, '128k', n)
    await first.stop()
    time.nowMs += 24 * HOUR
    const { plays: second } = await open()
    expect(second.top(1)[0]!.plays).to.be.closeTo(0.5, 1e-6)
    expect(second.segmentCost).to.equal(first.segmentCost)
  })

  it('starts anew, and says so, when what it wrote is damaged', async () => {
    const { path } = await open()
    const id = String(contentNamed('a'))
    const wrong = [
      '{', '[]', JSON.stringify({ atMs: 1, titles: [['no id', 1]], segments: [] }),
      JSON.stringify({ atMs: 1, titles: [[id, -1]], segments: [] }),
      JSON.stringify({ atMs: 1, titles: [], segments: Array(MAX_SEGMENTS + 1).fill([id, 1]) })
    ]
    for (const text of wrong) {
      await writeFile(path, text)
      const { plays, lines } = await open()
      expect([plays.top(9), lines.length]).to.deep.equal([[], 1])
    }
  })

  it('has stopped when what is being written is on the disk', async () => {
    const { plays } = await open()
    plays.segment(manifest, '128k', 0)
    void plays.stop()
    await plays.stop()
    expect((await open()).plays.top(9)).to.have.length(1)
  })

  it('writes nothing while nothing is played', async () => {
    const { plays, path } = await open()
    plays.start()
    plays.start()
    await plays.stop()
    const err = await readFile(path).catch((err: NodeJS.ErrnoException) => err.code)
    expect(err).to.equal('ENOENT')
  })
})
