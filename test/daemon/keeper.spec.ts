import { expect } from 'chai'
import { Keeper } from '../../daemon/keeper.ts'
import { parseCid } from '../../protocols/cid.ts'
import { type SampleTitle, sampleTitle } from '../protocols/content/titles.ts'
import { type Bench, bench, FakeBroker, FakeSource, mute } from './retrieval/fakes.ts'
import { settle } from './retrieval/fake-time.ts'
import { spokenLog } from './spoken-log.ts'

interface Rig extends Bench { keeper: Keeper, source: FakeSource, lines: string[] }

describe('daemon/keeper', () => {
  let title: SampleTitle
  before(async () => { title = await sampleTitle(3) })

  async function rig (pinned: string[], more: Partial<FakeSource> = {}): Promise<Rig> {
    const source = new FakeSource('edge', 'edge', title.held, more)
    const node = await bench([new FakeBroker(source)])
    const { log, lines } = spokenLog()
    const { time: { timer }, store, retrieval } = node
    for (const name of pinned) await store.pin(name, [title.id])
    return { ...node, source, lines, keeper: new Keeper({ store, retrieval, timer, log }) }
  }

  const heldOf = ({ store }: Bench): number =>
    [...title.held.keys()].filter(name => store.has(parseCid(name))).length
  const until = async ({ time }: Bench, isSo: () => boolean): Promise<void> => {
    for (let i = 0; i < 100 && !isSo(); i++) await time.advance(10)
    expect(isSo()).to.equal(true)
  }

  it('fetches all of a title pinned while it runs, and neighbours hear of it', async () => {
    const node = await rig([])
    node.keeper.start()
    await settle()
    await node.store.pin(String(title.id), [title.id])
    node.keeper.keep()
    await until(node, () => heldOf(node) === title.held.size && node.lines.length > 0)
    expect(node.holdings.completeness(title.id))
      .to.deep.equal([{ rendition: '128k', held: 9, blocks: 9 }])
    expect(node.lines).to.deep.equal([`fetched all of pinned ${title.id}`])
    await node.keeper.stop()
  })

  it('goes on with what an earlier run had pinned and not finished', async () => {
    const node = await rig([String(title.id)])
    const [first] = title.blocks
    await node.store.put(first!.cid, first!.bytes)
    node.keeper.start()
    await until(node, () => heldOf(node) === title.held.size)
    expect(node.source.asked.map(String)).not.to.include(String(first!.cid))
    await node.keeper.stop()
  })

  for (const isFirst of [true, false]) {
    it(`${isFirst ? 'asks' : 'does not ask'} relays to keep a share of a title ${
      isFirst ? 'nobody has yet' : 'that others have'}`, async () => {
      const spreads = new Set<number | undefined>()
      const node = await rig([String(title.id)], {
        answer: async want => {
          if (want.number != null) spreads.add(want.spread)
          return title.held.get(String(want.cid))
        }
      })
      const { time: { timer }, store, retrieval } = node
      const { log } = spokenLog()
      const asked: string[] = []
      const keeper = new Keeper({
        store, retrieval, timer, log, isFirst: async content => {
          asked.push(String(content))
          return isFirst
        }
      })
      keeper.start()
      await until(node, () => heldOf(node) === title.held.size)
      await keeper.stop()
      expect(asked).to.deep.equal([String(title.id)])
      expect([...spreads]).to.deep.equal(isFirst ? [0, 1, 2] : [undefined])
    })
  }

  it('asks behind everything that plays', async () => {
    const priorities = new Set<string>()
    const node = await rig([String(title.id)], {
      answer: async want => {
        if (want.rendition != null) priorities.add(want.priority)
        return title.held.get(String(want.cid))
      }
    })
    node.keeper.start()
    await until(node, () => heldOf(node) === title.held.size)
    expect([...priorities]).to.deep.equal(['offline'])
    await node.keeper.stop()
  })

  it('leaves pins of others alone', async () => {
    const node = await rig([`published:${title.id}`, 'top-k'])
    node.keeper.start()
    await settle()
    expect(node.source.asked).to.deep.equal([])
    await node.keeper.stop()
  })

  it('tries again when nobody had it, and complains once', async () => {
    const node = await rig([String(title.id)], { answer: async () => undefined })
    node.keeper.start()
    await node.time.advance(200_000)
    expect(node.lines).to.have.length(1)
    expect(node.lines[0]).to.match(/^cannot fetch all of pinned bafy\w+ yet, trying on: /)
    node.source.answer = async ({ cid }) => title.held.get(String(cid))
    await node.time.advance(300_000)
    expect(heldOf(node)).to.equal(title.held.size)
    await node.keeper.stop()
  })

  it('tries again soon, and ever less often', async () => {
    const node = await rig([String(title.id)], { answer: async () => undefined })
    const triesIn = async (ms: number): Promise<number> => {
      const before = node.source.asked.length
      await node.time.advance(ms)
      return node.source.asked.length - before
    }
    node.keeper.start()
    expect(await triesIn(30_000)).to.be.greaterThan(2)
    await triesIn(600_000)
    expect(await triesIn(600_000)).to.be.within(1, 2)
    await node.keeper.stop()
  })

  it('fetches anew what was unpinned, dropped and pinned again', async () => {
    const node = await rig([String(title.id)])
    node.keeper.start()
    await until(node, () => node.lines.length === 1)
    await node.store.unpin(String(title.id))
    node.keeper.release(title.id)
    for (const name of title.held.keys()) await node.store.delete(parseCid(name))
    await node.store.pin(String(title.id), [title.id])
    node.keeper.keep()
    await until(node, () => heldOf(node) === title.held.size)
    await node.keeper.stop()
  })

  it('gives up a title that is released, and goes on with the next', async () => {
    const other = await sampleTitle(1)
    const node = await rig([String(other.id), String(title.id)], {
      answer: async (want, options) => title.held.get(String(want.cid)) ?? mute(want, options)
    })
    node.keeper.start()
    await until(node, () => node.source.asked.some(cid => cid.equals(other.id)))
    await node.store.unpin(String(other.id))
    node.keeper.release(other.id)
    await until(node, () => heldOf(node) === title.held.size)
    expect(node.lines).to.deep.equal([`fetched all of pinned ${title.id}`])
    await node.keeper.stop()
  })

  it('stops in the middle of a fetch without a word, and starts once', async () => {
    const node = await rig([String(title.id)], { answer: mute })
    node.keeper.start()
    node.keeper.start()
    await until(node, () => node.source.asked.length > 0)
    await node.keeper.stop()
    await node.keeper.stop()
    expect([node.source.asked.length, node.lines]).to.deep.equal([1, []])
  })
})
