import { expect } from 'chai'
import { Popular, type PopularInit, ROUND_MS } from '../../daemon/popular.ts'
import { parseCid } from '../../protocols/cid.ts'
import { DEFAULT_BLOCK_BYTES } from '../../protocols/limits.ts'
import { sha256 } from '../../protocols/sha256.ts'
import { type SampleTitle, sampleTitle } from '../protocols/content/titles.ts'
import { contentNamed } from '../protocols/tracker/nodes.ts'
import { bench, FakeBroker, FakeSource, mute } from './retrieval/fakes.ts'
import { settle } from './retrieval/fake-time.ts'
import { spokenLog } from './spoken-log.ts'

describe('daemon/popular', () => {
  let titles: SampleTitle[]
  before(async () => {
    titles = [await sampleTitle(3), await sampleTitle(2), await sampleTitle(1)]
  })

  async function rig (init: Partial<PopularInit> = {}, more: Partial<FakeSource> = {}) {
    const held = new Map(titles.flatMap(({ held }) => [...held]))
    const source = new FakeSource('edge', 'edge', held, more)
    const node = await bench([new FakeBroker(source)])
    const { log, lines } = spokenLog()
    const { time, time: { timer, clock }, store, retrieval } = node
    const top: Array<{ id: string, plays: number }> = []
    const plays = {
      top: (n: number) => top.slice(0, n),
      topSegments: () => [{ id: `${titles[0]!.id}/128k/0`, plays: 2 }],
      forget: () => { top.length = 0 }
    }
    const settings = { pinTop: 0, prefetchTop: 0, prefetchBytesPerSecond: 0, ...init }
    const popular = new Popular({
      plays, retrieval, store, sha256, clock, timer, log
    }, settings)
    const rank = (...order: number[]) => {
      top.splice(0, top.length, ...order.map(n => ({ id: String(titles[n]!.id), plays: 1 })))
    }
    const pins = () => Array.from(store.pins(), ({ name }) => name)
    const heldOf = (n: number) =>
      [...titles[n]!.held.keys()].filter(name => store.has(parseCid(name))).length
    return { ...node, time, source, lines, top, popular, rank, pins, heldOf }
  }
  const pinOf = (n: number) => `popular:${titles[n]!.id}`

  it('pins the titles at the top, and unpins them when others take their place', async () => {
    const { popular, rank, pins, time, store, heldOf } = await rig({ pinTop: 2 })
    rank(0, 1, 2)
    popular.start()
    popular.start()
    await time.advance(100)
    expect(pins()).to.have.members([pinOf(0), pinOf(1)])
    expect(store.isPinned(titles[0]!.blocks[0]!.cid)).to.equal(true)
    expect(heldOf(0)).to.be.lessThan(titles[0]!.held.size)
    rank(2, 1, 0)
    await time.advance(ROUND_MS + 100)
    expect(pins()).to.have.members([pinOf(2), pinOf(1)])
    await popular.stop()
    await popular.stop()
  })

  it('unpins what an earlier run pinned once it pins no more, and no pins of others', async () => {
    const { popular, pins, store, time } = await rig()
    await store.pin(pinOf(0), [titles[0]!.id])
    await store.pin(String(titles[1]!.id), [titles[1]!.id])
    popular.start()
    await time.advance(100)
    expect(pins()).to.deep.equal([String(titles[1]!.id)])
    await popular.stop()
  })

  it('pins no more than half the quota', async () => {
    const { popular, rank, pins, time, store, retrieval } = await rig({ pinTop: 3 })
    const sizes = await Promise.all(titles.map(async ({ id }) =>
      (await retrieval.manifest(id)).root.renditions[0]!.size))
    await store.setQuota((sizes[0]! + sizes[1]! + 10) * 2)
    rank(0, 1, 2)
    popular.start()
    await time.advance(100)
    expect(pins()).to.have.members([pinOf(0), pinOf(1)])
    await popular.stop()
  })

  it('leaves the quota to what others pin', async () => {
    const { popular, rank, pins, time, store } = await rig({ pinTop: 1 })
    await store.setQuota(10 * DEFAULT_BLOCK_BYTES)
    await store.pin('mine', Array.from({ length: 10 }, (_, i) => contentNamed(`${i}`)))
    rank(0)
    popular.start()
    await time.advance(100)
    expect(pins()).to.deep.equal(['mine'])
    await store.unpin('mine')
    await time.advance(ROUND_MS)
    expect(pins()).to.deep.equal([pinOf(0)])
    await popular.stop()
  })

  it('looks for nobody while it has the titles at the top', async () => {
    const { popular, rank, time, retrieval, heldOf } = await rig({ pinTop: 1, prefetchTop: 1 })
    rank(0)
    popular.start()
    await time.advance(1000)
    expect(heldOf(0)).to.equal(titles[0]!.held.size)
    let opened = 0
    const open = retrieval.manifest.bind(retrieval)
    retrieval.manifest = async (content, options) => {
      opened++
      return await open(content, options)
    }
    await time.advance(5 * ROUND_MS)
    expect([(await popular.top())[0]?.title, opened]).to.deep.equal(['Sample', 0])
    await popular.stop()
  })

  it('fetches all of the titles at the top, behind everything that plays', async () => {
    const priorities = new Set<string>()
    const { popular, rank, time, heldOf, lines, store } = await rig({ prefetchTop: 1 }, {
      answer: async want => {
        if (want.rendition != null) priorities.add(want.priority)
        return titles[0]!.held.get(String(want.cid))
      }
    })
    rank(0, 1)
    popular.start()
    await time.advance(1000)
    expect(heldOf(0)).to.equal(titles[0]!.held.size)
    expect(store.has(titles[1]!.id)).to.equal(false)
    expect([...priorities]).to.deep.equal(['offline'])
    expect(lines).to.deep.equal([
      `fetched all of ${titles[0]!.id}, which is among the titles played most`
    ])
    await popular.stop()
  })

  it('fetches nothing while others pin all of the quota', async () => {
    const { popular, rank, time, store, heldOf } = await rig({ prefetchTop: 1 })
    await store.setQuota(10 * DEFAULT_BLOCK_BYTES)
    await store.pin('mine', Array.from({ length: 10 }, (_, i) => contentNamed(`${i}`)))
    rank(0)
    popular.start()
    await time.advance(ROUND_MS)
    expect(heldOf(0)).to.be.lessThan(titles[0]!.held.size)
    await store.unpin('mine')
    await time.advance(ROUND_MS)
    expect(heldOf(0)).to.equal(titles[0]!.held.size)
    await popular.stop()
  })

  it('fetches no faster than it may', async () => {
    const { popular, rank, time, heldOf } = await rig({
      prefetchTop: 1, prefetchBytesPerSecond: 1000
    })
    rank(0)
    popular.start()
    await time.advance(100)
    expect(heldOf(0)).to.be.greaterThan(0).and.to.be.lessThan(titles[0]!.held.size)
    await time.advance(60_000)
    expect(heldOf(0)).to.equal(titles[0]!.held.size)
    await popular.stop()
  })

  it('goes on with the next when one cannot be had, and says so once', async () => {
    const { popular, top, time, heldOf, lines } = await rig({ prefetchTop: 2 })
    const gone = { id: String(contentNamed('gone')), plays: 9 }
    top.push(gone, { id: String(titles[1]!.id), plays: 1 })
    popular.start()
    await time.advance(5 * ROUND_MS)
    expect(heldOf(1)).to.equal(titles[1]!.held.size)
    expect(lines.filter(line => line.startsWith('cannot keep all that is popular')))
      .to.have.length(1)
    await popular.stop()
  })

  it('keeps the pin of a title whose index cannot be read now', async () => {
    const { popular, pins, store, top, time } = await rig({ pinTop: 1 })
    const gone = contentNamed('gone')
    await store.pin(`popular:${gone}`, [gone])
    top.push({ id: String(gone), plays: 1 })
    popular.start()
    await time.advance(ROUND_MS)
    expect(pins()).to.deep.equal([`popular:${gone}`])
    await popular.stop()
  })

  it('says what is played most, and what it is called where it knows', async () => {
    const { popular, rank, store, retrieval } = await rig()
    rank(0, 1)
    await retrieval.manifest(titles[0]!.id)
    await settle()
    await store.pin(pinOf(0), [titles[0]!.id])
    const [first, second] = await popular.top()
    expect(first).to.deep.include({ id: String(titles[0]!.id), isPinned: true, title: 'Sample' })
    expect(first!.segments).to.deep.equal([{ id: `${titles[0]!.id}/128k/0`, plays: 2 }])
    expect(second).to.deep.equal(
      { id: String(titles[1]!.id), plays: 1, isPinned: false, segments: [] })
  })

  it('gives up a title that the user removes', async () => {
    const { popular, rank, pins, store, top } = await rig()
    rank(0)
    await store.pin(pinOf(0), [titles[0]!.id])
    await popular.drop(titles[0]!.id)
    expect([pins(), top]).to.deep.equal([[], []])
  })

  it('stops in the middle of a fetch without a word', async () => {
    const { popular, rank, time, source, lines } = await rig({ prefetchTop: 1 }, { answer: mute })
    rank(0)
    popular.start()
    await time.advance(100)
    expect(source.asked).not.to.have.length(0)
    await popular.stop()
    expect(lines).to.deep.equal([])
  })
})
