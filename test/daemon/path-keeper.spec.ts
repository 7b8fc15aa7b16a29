import { expect } from 'chai'
import type { CID } from 'multiformats/cid'
import { MAX_WAITING_BYTES, PathKeeper } from '../../daemon/path-keeper.ts'
import { parseCid } from '../../protocols/cid.ts'
import { sha256 } from '../../protocols/sha256.ts'
import { type SampleTitle, sampleTitle } from '../protocols/content/titles.ts'
import { bench, FakeBroker, FakeSource, mute, sampleBlock } from './retrieval/fakes.ts'
import { settle } from './retrieval/fake-time.ts'
import { spokenLog } from './spoken-log.ts'

describe('daemon/path-keeper', () => {
  let title: SampleTitle
  let blocks: Array<{ cid: CID, bytes: Uint8Array, content: CID }>
  before(async () => {
    title = await sampleTitle(3)
    // Of segments: 2,500 bytes in blocks of 1,000.
    blocks = [...title.held].filter(([, { byteLength }]) => byteLength === 1000)
      .map(([cid, bytes]) => ({ cid: parseCid(cid), bytes, content: title.id }))
  })

  async function rig (more: Partial<FakeSource> = {}) {
    const source = new FakeSource('edge', 'edge', title.held, more)
    const node = await bench([new FakeBroker(source)])
    const { time, store, holdings, retrieval } = node
    const { log, lines } = spokenLog()
    let quotaBytes = 1e9
    const room = {
      has: (cid: CID) => store.has(cid),
      put: store.put.bind(store),
      usage: () => store.usage(),
      get quotaBytes () { return quotaBytes }
    }
    const keeper = new PathKeeper({
      store: room, holdings, retrieval, sha256, clock: time.clock, log
    })
    const held: string[] = []
    holdings.events.addEventListener('held', event => {
      held.push(`${(event as CustomEvent<CID>).detail}`)
    })
    return {
      ...node,
      source,
      keeper,
      lines,
      held,
      leave: (bytes: number) => { quotaBytes = 2 * (store.usage().bytes + bytes) }
    }
  }

  it('keeps blocks of a title, fetches only root and pages, and tells of them', async () => {
    const { keeper, store, holdings, source, held, time } = await rig()
    blocks.slice(0, 2).forEach(block => { keeper.keep(block) })
    await time.advance(100)
    expect(blocks.slice(0, 2).every(({ cid }) => store.has(cid))).to.equal(true)
    expect(source.asked.map(String)).to.include(`${title.id}`).and.have.length(2)
    const completeness = [{ rendition: '128k', held: 2, blocks: 9 }]
    expect(holdings.completeness(title.id)).to.deep.equal(completeness)
    expect(held).to.deep.equal([`${title.id}`])
    await keeper.stop()
  })

  it('keeps nothing of what is in no signed title', async () => {
    const { keeper, store, time, lines } = await rig()
    const stranger = await sampleBlock()
    keeper.keep({ ...stranger, content: title.id })
    keeper.keep({ ...stranger, content: stranger.cid })
    await time.advance(100)
    expect(store.has(stranger.cid)).to.equal(false)
    expect(lines).to.deep.equal([])
    await keeper.stop()
  })

  it('keeps only what half of the quota has room for', async () => {
    const { keeper, store, holdings, retrieval, time, leave } = await rig()
    await retrieval.manifest(title.id)
    await holdings.adopt(title.id)
    leave(1_999)
    blocks.slice(0, 2).forEach(block => { keeper.keep(block) })
    await time.advance(100)
    expect(blocks.slice(0, 2).map(({ cid }) => store.has(cid))).to.deep.equal([true, false])
    await keeper.stop()
  })

  it('has a bounded number of bytes wait for their title', async () => {
    const { keeper, source } = await rig({ answer: mute })
    const size = MAX_WAITING_BYTES / 2
    keeper.keep({ ...blocks[0]!, bytes: new Uint8Array(size) })
    keeper.keep({ ...blocks[1]!, bytes: new Uint8Array(size) })
    keeper.keep(blocks[2]!)
    await settle()
    expect(source.asked).to.have.length(1)
    await keeper.stop()
  })

  it('does not ask at once again for a title that it could not take up', async () => {
    const { keeper, source, time, lines } = await rig({ answer: async () => undefined })
    keeper.keep(blocks[0]!)
    await time.advance(15_000)
    const asked = source.asked.length
    expect(lines).to.have.length(1)
    keeper.keep(blocks[1]!)
    await time.advance(5_000)
    expect(source.asked).to.have.length(asked)
    await time.advance(30_000)
    keeper.keep(blocks[1]!)
    await time.advance(1_000)
    expect(source.asked.length).to.be.above(asked)
    await keeper.stop()
  })

  it('keeps no more once it is stopped, nor waits for what is under way', async () => {
    const { keeper, source, store } = await rig({ answer: mute })
    keeper.keep(blocks[0]!)
    await settle()
    await keeper.stop()
    keeper.keep(blocks[1]!)
    await settle()
    expect([source.asked.length, store.usage().blocks]).to.deep.equal([1, 0])
  })
})
