import { expect } from 'chai'
import { type BlockWant, Holdings } from '../../../daemon/retrieval/index.ts'
import { MAX_BITFIELD_BYTES, TitleHoldings } from '../../../daemon/retrieval/title-holdings.ts'
import { openStore } from '../../../daemon/store/index.ts'
import { openManifest } from '../../../protocols/content/index.ts'
import type { InventoryChange } from '../../../protocols/exchange/index.ts'
import { sha256 } from '../../../protocols/sha256.ts'
import { defaultLogger } from '@libp2p/logger'
import { parseCid } from '../../../protocols/cid.ts'
import { goldenTitle, type SampleTitle } from '../../protocols/content/titles.ts'
import { settle } from './fake-time.ts'
import { MemoryTitles } from './fakes.ts'

const log = defaultLogger().forComponent('test')

describe('daemon/retrieval/holdings', () => {
  let title: SampleTitle

  before(async () => { title = await goldenTitle() })

  async function node (titles = new MemoryTitles()) {
    const store = await openStore({ backend: 'memory', quotaBytes: 1e9 })
    const holdings = new Holdings({ store, titles, sha256, log })
    const changes: InventoryChange[] = []
    const turns: string[] = []
    holdings.events.addEventListener('change', event => {
      changes.push((event as CustomEvent<InventoryChange>).detail)
    })
    for (const turn of ['held', 'gone']) {
      holdings.events.addEventListener(turn, () => { turns.push(turn) })
    }
    const put = async (...keys: string[]) => {
      for (const key of keys) {
        await store.put(parseCid(key), title.held.get(key)!)
      }
    }
    return { store, titles, holdings, changes, turns, put }
  }

  /** The manifest, and the blocks of one segment of the sound. */
  async function segment (number: number) {
    const manifest = await openManifest(title.id, title.load, { sha256 })
    return (await manifest.index('128k').segment(number)).blocks
  }

  it('knows where a block stands once that was learnt, held or not', async () => {
    const { holdings } = await node()
    const blocks = await segment(4)
    const [{ cid, number }] = blocks as [typeof blocks[0]]
    expect(holdings.places(title.id, cid)).to.deep.equal([])
    holdings.open(title.id, title.root)
    holdings.learn(title.id, '128k', blocks)
    expect(holdings.places(title.id, cid)).to.deep.equal([{ rendition: '128k', block: number }])
    expect(holdings.places(cid, cid)).to.deep.equal([])
  })

  it('says in at most 64 parts what it holds of the title opened last', async () => {
    const { holdings, put } = await node()
    holdings.start()
    holdings.open(title.id, title.root)
    const cids = [...title.held.keys()].map(parseCid)
    const blocks = cids.slice(0, 200).map((cid, number) => ({ cid, number, size: 1 }))
    const other = cids[0]!
    holdings.open(other, { renditions: [{ name: 'a', blocks: 100 }, { name: 'b', blocks: 2 }] })
    holdings.learn(other, 'a', blocks.filter(({ number }) => number < 100))
    holdings.learn(other, 'b', blocks.filter(({ number }) => number < 2))
    await put(...blocks.slice(0, 3).map(({ cid }) => cid.toString()))
    const [first, ...rest] = holdings.partly(8)
    expect([first!.content.equals(other), first!.rendition, first!.parts.byteLength])
      .to.deep.equal([true, 'a', 64])
    expect([...first!.parts.subarray(0, 3)]).to.deep.equal([255, 255, 0])
    expect(rest.filter(({ content }) => content.equals(other))).to.deep.equal([])
    expect(holdings.partly(0)).to.deep.equal([])
  })

  it('tells of blocks as they come and go, in a bitfield and one by one', async () => {
    const { store, holdings, changes, turns, put } = await node()
    holdings.start()
    const blocks = await segment(4)
    holdings.open(title.id, title.root)
    holdings.learn(title.id, '128k', blocks)
    expect(holdings.holdings(title.id)).to.deep.equal([])
    await put(...blocks.map(({ cid }) => cid.toString()))
    expect(holdings.holdings(title.id)).to.deep.equal([
      { rendition: '128k', base: 8, bitfield: Uint8Array.of(0b0111_0000) }
    ])
    await store.delete(blocks[1]!.cid)
    expect(holdings.completeness(title.id)).to.deep.equal([
      { rendition: '128k', held: 2, blocks: 60 }, { rendition: '360p', held: 0, blocks: 3 }
    ])
    expect(changes.map(({ state, block }) => `${state} ${block}`))
      .to.deep.equal(['have 12', 'have 13', 'have 14', 'missing 13'])
    expect(turns).to.deep.equal(['held'])
    await holdings.stop()
  })

  it('knows what is being fetched until it comes or is given up', async () => {
    const { holdings, changes, put } = await node()
    holdings.start()
    const blocks = await segment(4)
    holdings.open(title.id, title.root)
    holdings.learn(title.id, '128k', blocks)
    const want = (n: number): BlockWant => ({
      ...blocks[n]!, content: title.id, rendition: '128k', priority: 'playing', deadlineMs: 0
    })
    blocks.forEach((_, n) => { holdings.loading(want(n)) })
    holdings.loading(want(0))
    expect(holdings.pending(title.id)).to.deep.equal([{ rendition: '128k', blocks: [12, 13, 14] }])
    holdings.missing(want(0))
    holdings.missing(want(0))
    await put(blocks[1]!.cid.toString())
    expect(holdings.pending(title.id)).to.deep.equal([{ rendition: '128k', blocks: [14] }])
    expect(changes.map(({ state, block, isAwaited }) => [state, block, isAwaited])).to.deep.equal([
      ['loading', 12, undefined], ['loading', 13, undefined], ['loading', 14, undefined],
      ['missing', 12, true], ['have', 13, true]
    ])
    expect(holdings.pending(blocks[0]!.cid)).to.deep.equal([])
    await holdings.stop()
  })

  it('lists a title when we get its first block, until we lose the last', async () => {
    const { store, titles, holdings, turns, put } = await node()
    holdings.start()
    const [block] = await segment(0)
    holdings.open(title.id, title.root)
    holdings.learn(title.id, '128k', [block!])
    expect([...holdings.held()]).to.deep.equal([])
    await put(block!.cid.toString())
    await settle()
    expect([...holdings.held()].map(({ content }) => content)).to.deep.equal([title.id])
    expect(await titles.list()).to.deep.equal([title.id])
    await store.delete(block!.cid)
    await holdings.stop()
    expect(await titles.list()).to.deep.equal([])
    expect(turns).to.deep.equal(['held', 'gone'])
  })

  it('counts blocks that were there before it learnt where they stand', async () => {
    const { holdings, put } = await node()
    const blocks = await segment(1)
    await put(blocks[0]!.cid.toString())
    holdings.open(title.id, title.root)
    holdings.learn(title.id, '128k', blocks)
    expect(holdings.completeness(title.id)[0]).to.include({ held: 1 })
  })

  it('is the same again after a restart', async () => {
    const { store, titles, holdings, put } = await node()
    holdings.start()
    await put(...title.held.keys())
    await holdings.adopt(title.id)
    await holdings.stop()
    const again = new Holdings({ store, titles, sha256, log })
    again.start()
    await again.restored()
    expect(again.holdings(title.id)).to.deep.equal(holdings.holdings(title.id))
    expect(again.completeness(title.id)).to.deep.equal([
      { rendition: '128k', held: 60, blocks: 60 }, { rendition: '360p', held: 3, blocks: 3 }
    ])
    await again.stop()
  })

  it('passes over index pages that are not in the store', async () => {
    const { holdings, put } = await node()
    const [firstPage] = title.root.renditions[0]!.pages
    await put(...[...title.held.keys()].filter(key => key !== firstPage!.cid.toString()))
    await holdings.adopt(title.id)
    // The three of the first segment are named in the root too.
    expect(holdings.completeness(title.id).map(({ held }) => held)).to.deep.equal([12 + 3, 3])
  })

  it('drops a title from the list whose root is gone', async () => {
    const titles = new MemoryTitles()
    await titles.add(title.id)
    const { holdings } = await node(titles)
    holdings.start()
    await holdings.restored()
    expect(await titles.list()).to.deep.equal([])
    await holdings.stop()
  })

  it('forgets the title opened longest ago when there are too many', async () => {
    const store = await openStore({ backend: 'memory', quotaBytes: 1e9 })
    const titles = new MemoryTitles()
    const holdings = new Holdings({ store, titles, sha256, log }, { maxTitles: 1 })
    const [block] = await segment(0)
    await store.put(block!.cid, title.held.get(block!.cid.toString())!)
    holdings.open(title.id, title.root)
    holdings.learn(title.id, '128k', [block!])
    let gone = 0
    holdings.events.addEventListener('gone', () => { gone++ })
    holdings.open(block!.cid, title.root)
    expect([holdings.completeness(title.id), gone]).to.deep.equal([[], 1])
  })

  it('cuts a long bitfield into pieces that fit a frame, and leaves out empty ones', () => {
    const blocks = MAX_BITFIELD_BYTES * 8 * 3
    const [rendition] = title.root.renditions
    const long = new TitleHoldings(title.id, { renditions: [{ ...rendition!, blocks }] })
    const at = [5, blocks - 1].map(number => ({ cid: title.id, size: 1, number }))
    long.learn('128k', at, () => true)
    expect(long.holdings().map(({ base, bitfield }) => [base, [...bitfield]]))
      .to.deep.equal([[0, [0b10_0000]], [blocks - 8, [0b1000_0000]]])
    expect(long.held).to.equal(2)
  })

  it('keeps no account of a rendition too long to be true', () => {
    const [rendition] = title.root.renditions
    const huge = new TitleHoldings(title.id, { renditions: [{ ...rendition!, blocks: 2 ** 30 }] })
    const block = { cid: title.id, size: 1, number: 1 }
    expect(huge.learn('128k', [block], () => true)).to.deep.equal([])
    expect(huge.completeness()).to.deep.equal([])
  })

  it('marks every place of a block that stands in several', async () => {
    const twice = new TitleHoldings(title.id, title.root)
    twice.learn('128k', [1, 9].map(number => ({ cid: title.id, size: 1, number })), () => false)
    expect(twice.mark(title.id, true).map(({ block }) => block).sort()).to.deep.equal([1, 9])
    expect(twice.mark(title.id, true)).to.deep.equal([])
  })
})
