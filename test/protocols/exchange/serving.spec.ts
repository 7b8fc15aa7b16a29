/**
 * What an exchange makes known of whom it serves, and how its limits change.
 */

import { expect } from 'chai'
import { CID } from 'multiformats/cid'
import type { ExchangeComponents, Neighbour } from '../../../protocols/exchange/index.ts'
import { type MemoryHost, MemoryNetwork } from './memory-network.ts'
import { eventually, failureOf, type SampleNode, sampleBytes, sampleNode } from './sample-node.ts'

const title = CID.parse('bafyreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku')
const absent = CID.parse('bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku')
const HOLDING = { rendition: 'a', base: 0, bitfield: Uint8Array.of(0b11) }
type Node = SampleNode<MemoryHost>

describe('protocols/exchange/exchange, serving', () => {
  const nodes: Node[] = []
  let network: MemoryNetwork

  beforeEach(() => { network = new MemoryNetwork() })

  afterEach(async () => {
    await Promise.all(nodes.splice(0).map(async ({ exchange }) => { await exchange.stop() }))
  })

  async function node (
    more: Partial<ExchangeComponents> = {}, init: Parameters<typeof sampleNode>[1] = {}
  ): Promise<Node> {
    const made = sampleNode(await network.host(), init, more)
    nodes.push(made)
    await made.exchange.start()
    return made
  }

  async function connect (from: Node, to: Node): Promise<Neighbour> {
    const neighbour = await from.exchange.connect(to.host.peerId, [to.host.address])
    await eventually(() => to.exchange.neighbour(from.host.peerId) != null, 'both ends')
    return neighbour
  }

  it('notes at both ends what was given and taken, also over a reconnect', async () => {
    const [a, b] = [await node(), await node()]
    const cid = await b.inventory.add(sampleBytes(100_000))
    await (await connect(a, b)).want({ cid, size: 100_000 })
    await b.exchange.stop()
    await eventually(() => a.exchange.neighbour(b.host.peerId) == null, 'b gone at a')
    await b.exchange.start()
    await (await connect(a, b)).want({ cid, size: 100_000 })
    expect(a.ledger.of(b.host.peerId).gaveBytes).to.be.closeTo(200_000, 10)
    expect(b.ledger.of(a.host.peerId).tookBytes).to.be.closeTo(200_000, 10)
    expect(a.ledger.of(b.host.peerId).isOpen).to.equal(true)
  })

  it('notes what a neighbour denied, and not what we held back ourselves', async () => {
    const [a, b] = [await node(), await node()]
    const toB = await connect(a, b)
    expect(await toB.want({ cid: absent, size: 5 })).to.equal(undefined)
    expect(a.ledger.of(b.host.peerId).deniedBytes).to.equal(0)
    b.limits.parallelTransfers = 0
    await failureOf(toB.want({ cid: absent, size: 7_000 }))
    expect(a.ledger.of(b.host.peerId).deniedBytes).to.be.closeTo(7_000, 1)
    b.limits.parallelTransfers = 1
    b.inventory.gate = new Promise(() => {})
    await failureOf(toB.want({ cid: absent, size: 5_000, deadlineMs: 5 }))
    expect(a.ledger.of(b.host.peerId).deniedBytes).to.be.closeTo(12_000, 1)
    const open = Array.from({ length: 64 }, () => failureOf(toB.want({ cid: absent, size: 1 })))
    const heldBack = await failureOf(toB.want({ cid: absent, size: 9_000 }))
    expect(heldBack.name).to.equal('PeerBusyError')
    expect(a.ledger.of(b.host.peerId).deniedBytes).to.be.closeTo(12_000, 1)
    await b.exchange.stop()
    await Promise.all(open)
  })

  it('names holders in BUSY by signed addresses, or where it dialled them, or not', async () => {
    const signed = new Map<string, string[]>()
    const busy = await node({ addressesOf: ({ peer }) => signed.get(`${peer}`) ?? [] })
    const [asker, dialled, inbound, told] =
      [await node(), await node(), await node(), await node()]
    for (const holder of [dialled, inbound, told]) {
      holder.inventory.holdingsOf.set(title.toString(), [HOLDING])
    }
    const address = `/ip4/10.0.0.9/tcp/9/p2p/${told.host.peerId}`
    signed.set(`${told.host.peerId}`, [address])
    await connect(busy, dialled)
    await connect(inbound, busy)
    await connect(told, busy)
    await Promise.all([...busy.exchange.neighbours()].map(each => each.interest(title)))
    const toBusy = await connect(asker, busy)
    await toBusy.interest(title)
    busy.limits.parallelTransfers = 0
    const { providers } = await failureOf(
      toBusy.want({ cid: absent, size: 1, content: title })) as Error & { providers: string[] }
    expect(providers.sort()).to.deep.equal([address, `${dialled.host.address}`].sort())
  })

  it('claims nothing while metered, takes back what it claimed, and fetches as ever', async () => {
    const [a, b] = [await node(), await node()]
    b.inventory.holdingsOf.set(title.toString(), [HOLDING])
    const cid = await a.inventory.add(sampleBytes(10))
    const toB = await connect(a, b)
    await toB.interest(title)
    expect(toB.holds(title, 'a', 1)).to.equal('have')
    const meter = (isMetered: boolean): void => {
      b.limits.isMetered = isMetered
      b.limits.events!.dispatchEvent(new Event('change'))
    }
    meter(true)
    await eventually(() => toB.holds(title, 'a', 1) !== 'have', 'the claim taken back')
    b.inventory.change({ content: title, rendition: 'a', block: 5, state: 'have' })
    const refused = await failureOf(toB.want({ cid: absent, size: 1 }))
    expect(refused).to.include({ name: 'PeerBusyError', retryAfterMs: 10_000 })
    expect(toB.holds(title, 'a', 5)).not.to.equal('have')
    const back = b.exchange.neighbour(a.host.peerId)!
    expect((await back.want({ cid, size: 10 }))?.byteLength).to.equal(10)
    meter(false)
    await eventually(() => toB.holds(title, 'a', 1) === 'have', 'the claim told again')
  })

  describe('a block that the neighbour has itself', () => {
    const has = (n: Node, block: number, state: 'have' | 'missing' = 'have') => {
      n.inventory.change({ content: title, rendition: 'a', block, state })
    }

    /** Both want to hear of the title; b has blocks 3 and 4, of which a is told. */
    async function told (init: Parameters<typeof sampleNode>[1] = {}) {
      const [a, b] = [await node({}, init), await node()]
      const toB = await connect(a, b)
      const toA = b.exchange.neighbour(a.host.peerId)!
      await Promise.all([toA.interest(title), toB.interest(title)])
      has(a, 3)
      await eventually(() => toA.holds(title, 'a', 3) === 'have', 'block 3 of a')
      const bitfield = Uint8Array.of(0b11000)
      b.inventory.holdingsOf.set(title.toString(), [{ rendition: 'a', base: 0, bitfield }])
      has(b, 3)
      has(b, 4)
      await eventually(() => toB.holds(title, 'a', 4) === 'have', 'block 4 of b')
      return { a, toB }
    }

    it('is no news to a peer, until it has lost it', async () => {
      const { a, toB } = await told()
      expect(toB.holds(title, 'a', 3)).to.equal('missing')
      has(a, 3, 'missing')
      await eventually(() => toB.holds(title, 'a', 3) === 'have', 'block 3 of b')
    })

    it('is told to an edge, which tells others who has it', async () => {
      const { toB } = await told({ role: 'edge' })
      expect(toB.holds(title, 'a', 3)).to.equal('have')
    })
  })

  it('lets a changed rate count at once', async () => {
    const [a, b] = [await node(), await node()]
    b.limits.uploadBytesPerSecond = 10_000
    const cid = await b.inventory.add(sampleBytes(500_000))
    const wanted = (await connect(a, b)).want({ cid, size: 500_000 })
    await eventually(() => a.ledger.of(b.host.peerId).gaveBytes > 0, 'a beginning')
    b.limits.uploadBytesPerSecond = 0
    b.limits.events!.dispatchEvent(new Event('change'))
    expect((await wanted)?.byteLength).to.equal(500_000)
  })
})
