import { expect } from 'chai'
import { CID } from 'multiformats/cid'
import { HoldingsFeed } from '../../../protocols/exchange/holdings-feed.ts'
import { type Body, decodeHeader, encodeMessage } from '../../../protocols/exchange/message.ts'
import { RemoteHoldings } from '../../../protocols/exchange/remote-holdings.ts'
import { cidOf } from '../../../protocols/cid.ts'
import { FrameReader } from '../../../protocols/frame.ts'
import {
  MAX_BITFIELD_BYTES, MAX_CHANNELS, MAX_HOLDINGS_BYTES, MAX_RENDITIONS
} from '../../../protocols/limits.ts'
import { sha256 } from '../../../protocols/sha256.ts'
import { failureOf, MemoryInventory } from './sample-node.ts'

const title = CID.parse('bafyreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku')
const titles = async (count: number): Promise<CID[]> =>
  await Promise.all(Array.from({ length: count }, (_, index) =>
    cidOf(Uint8Array.of(index, index >> 8), sha256)))

/** What the feed tells, as it arrives over the wire. */
function tell (feed: HoldingsFeed, remote: RemoteHoldings): number {
  let haves = 0
  for (let have = feed.next(); have != null; have = feed.next()) {
    new FrameReader({
      header: bytes => {
        remote.take(decodeHeader(bytes).message?.body as Body<'have'>)
        return 0
      },
      payload: () => {},
      end: () => { haves++ }
    }).push(encodeMessage('have', have))
  }
  return haves
}

const have = (body: Partial<Body<'have'>>): Body<'have'> => ({
  channel: 1,
  rendition: 'a',
  base: 0,
  bitfield: new Uint8Array(0),
  held: [],
  loading: [],
  gone: [],
  first: false,
  last: false,
  ...body
})

describe('protocols/exchange/holdings-feed and remote-holdings', () => {
  let inventory: MemoryInventory
  let feed: HoldingsFeed
  let remote: RemoteHoldings

  beforeEach(() => {
    inventory = new MemoryInventory()
    feed = new HoldingsFeed(inventory)
    remote = new RemoteHoldings()
    remote.open(title)
  })

  it('tells the whole state first, then is done', async () => {
    inventory.holdingsOf.set(title.toString(), [
      { rendition: 'a', base: 3, bitfield: Uint8Array.of(0b101) },
      { rendition: 'b', base: 0, bitfield: Uint8Array.of(0) }
    ])
    expect(remote.holds(title, 'a', 3)).to.equal('unknown')
    expect(remote.holdsAny(title)).to.equal(undefined)
    feed.open(1, title)
    tell(feed, remote)
    await remote.find(title)?.told
    expect([3, 4, 5].map(block => remote.holds(title, 'a', block)))
      .to.deep.equal(['have', 'missing', 'have'])
    expect(remote.holds(title, 'b', 0)).to.equal('missing')
    expect(remote.holdsAny(title)).to.equal(true)
    expect(feed.next()).to.equal(undefined)
  })

  it('says at once that it holds nothing', async () => {
    feed.open(1, title)
    expect(tell(feed, remote)).to.equal(1)
    await remote.find(title)?.told
    expect(remote.holds(title, 'a', 0)).to.equal('missing')
    expect(remote.holdsAny(title)).to.equal(false)
  })

  it('cuts a long bitfield into several HAVEs', () => {
    const bitfield = new Uint8Array(MAX_BITFIELD_BYTES + 1).fill(0xff)
    inventory.holdingsOf.set(title.toString(), [{ rendition: 'a', base: 0, bitfield }])
    feed.open(1, title)
    expect(tell(feed, remote)).to.equal(3)
    expect(remote.holds(title, 'a', bitfield.length * 8 - 1)).to.equal('have')
    expect(remote.holds(title, 'a', bitfield.length * 8)).to.equal('missing')
  })

  it('tells changes: have, loading, gone', () => {
    feed.open(1, title)
    tell(feed, remote)
    const states = ['have', 'loading', 'missing'] as const
    states.forEach((state, block) => {
      feed.note({ content: title, rendition: 'a', block, state })
    })
    expect(tell(feed, remote)).to.equal(1)
    expect([0, 1, 2].map(block => remote.holds(title, 'a', block))).to.deep.equal(states)
    feed.note({ content: title, rendition: 'a', block: 1, state: 'have' })
    feed.note({ content: title, rendition: 'a', block: 0, state: 'missing' })
    tell(feed, remote)
    expect([0, 1].map(block => remote.holds(title, 'a', block))).to.deep.equal(['missing', 'have'])
  })

  it('has no news of titles without a channel, or whose channel was closed', () => {
    const change = { content: title, rendition: 'a', block: 0, state: 'have' } as const
    expect(feed.note(change)).to.equal('never')
    feed.open(1, title)
    tell(feed, remote)
    feed.close(1)
    expect(feed.note(change)).to.equal('never')
    expect(feed.next()).to.equal(undefined)
  })

  it('tells who opens a channel later what is loading, until it came or was given up', () => {
    inventory.pendingOf.set(title.toString(), [{ rendition: 'a', blocks: [3, 4, 5] }])
    feed.open(1, title)
    tell(feed, remote)
    const said = () => [3, 4, 5].map(block => remote.holds(title, 'a', block))
    expect(said()).to.deep.equal(['loading', 'loading', 'loading'])
    feed.note({ content: title, rendition: 'a', block: 3, state: 'have', isAwaited: true })
    feed.note({ content: title, rendition: 'a', block: 4, state: 'missing', isAwaited: true })
    tell(feed, remote)
    expect(said()).to.deep.equal(['have', 'missing', 'loading'])
    remote.release(title)
    expect(said()).to.deep.equal(['unknown', 'unknown', 'unknown'])
  })

  it('has neighbours hear at once of what they wait for, and soon of all else', () => {
    feed.open(1, title)
    const place = { content: title, rendition: 'a', block: 3 }
    expect(feed.note({ ...place, state: 'loading' })).to.equal('now')
    expect(feed.note({ ...place, state: 'have', isAwaited: true })).to.equal('now')
    expect(feed.note({ ...place, state: 'missing' })).to.equal('soon')
  })

  it('knows the titles of open channels', () => {
    expect(feed.has(title)).to.equal(false)
    feed.open(1, title)
    expect(feed.has(title)).to.equal(true)
    feed.close(1)
    expect(feed.has(title)).to.equal(false)
  })

  it('tells all anew to a neighbour that is far behind, and nothing that is gone remains', () => {
    feed.open(1, title)
    feed.note({ content: title, rendition: 'old', block: 1, state: 'have' })
    tell(feed, remote)
    expect(remote.holds(title, 'old', 1)).to.equal('have')
    const bitfield = new Uint8Array(1000).fill(0xff)
    inventory.holdingsOf.set(title.toString(), [{ rendition: 'a', base: 0, bitfield }])
    for (let block = 0; block < 8000; block++) {
      feed.note({ content: title, rendition: 'a', block, state: 'have' })
    }
    expect(tell(feed, remote)).to.be.lessThan(8)
    expect(remote.holds(title, 'a', 7999)).to.equal('have')
    expect(remote.holds(title, 'old', 1)).to.equal('missing')
  })

  it('splits many changes over several HAVEs and loses none', () => {
    feed.open(1, title)
    tell(feed, remote)
    for (let block = 0; block < 3000; block++) {
      feed.note({ content: title, rendition: 'a', block, state: 'have' })
    }
    expect(tell(feed, remote)).to.equal(3)
    for (let block = 0; block < 3000; block++) {
      expect(remote.holds(title, 'a', block)).to.equal('have')
    }
  })

  it('refuses channel 0, a channel opened twice, and one too many', async () => {
    const many = await titles(MAX_CHANNELS)
    many.forEach((content, index) => { feed.open(index + 1, content) })
    for (const channel of [0, 1, MAX_CHANNELS + 1]) {
      expect(() => { feed.open(channel, title) })
        .to.throw().with.property('name', 'InvalidMessageError')
    }
  })

  it('closes the channel not used for longest to open one more', async () => {
    remote = new RemoteHoldings()
    const [first, second, ...others] = await titles(MAX_CHANNELS)
    const told = failureOf(remote.open(first!).opened.told)
    const forgotten = failureOf(remote.open(second!).opened.told)
    others.forEach(content => { remote.open(content) })
    remote.touch(first!)
    expect(remote.open(title).closed?.content.equals(second!)).to.equal(true)
    expect((await forgotten).name).to.equal('PeerGoneError')
    expect(remote.find(second!)).to.equal(undefined)
    expect(remote.find(first!)).to.not.equal(undefined)
    // HAVEs for the closed channel may still come; they are passed over.
    expect(remote.take(have({ channel: 2 }))).to.equal(undefined)
    remote.close()
    expect((await told).name).to.equal('PeerGoneError')
  })

  it('refuses HAVE on a channel never opened, and too many renditions', () => {
    for (const channel of [0, 2]) {
      expect(() => remote.take(have({ channel })))
        .to.throw().with.property('name', 'InvalidMessageError')
    }
    for (let index = 0; index < MAX_RENDITIONS; index++) {
      remote.take(have({ rendition: `r${index}` }))
    }
    expect(() => remote.take(have({ rendition: 'one more' })))
      .to.throw().with.property('name', 'InvalidMessageError')
  })

  it('forgets what does not fit in its memory, and takes new things once there is room', () => {
    const bitfield = new Uint8Array(MAX_BITFIELD_BYTES).fill(0xff)
    const frames = MAX_HOLDINGS_BYTES / MAX_BITFIELD_BYTES + 1
    const place = (index: number) =>
      ({ rendition: `r${index % MAX_RENDITIONS}`, base: index * 10_000_000 })
    for (let index = 0; index < frames; index++) {
      remote.take(have({ ...place(index), bitfield, last: true }))
    }
    expect(remote.holds(title, 'r0', 0)).to.equal('have')
    const { rendition, base } = place(frames - 1)
    expect(remote.holds(title, rendition, base)).to.equal('missing')
    remote.take(have({ first: true, held: [9], last: true }))
    expect(remote.holds(title, 'a', 9)).to.equal('have')
    expect(remote.holds(title, 'r0', 0)).to.equal('missing')
  })
})
