/**
 * Neighbours met through a relay: its connections have limits.
 */

import { expect } from 'chai'
import { CID } from 'multiformats/cid'
import { PeerBusyError, PeerGoneError } from '../../../protocols/errors.ts'
import type { Neighbour } from '../../../protocols/exchange/index.ts'
import { survives } from '../../../protocols/exchange/survives.ts'
import { untilDirect } from '../../../protocols/exchange/until-direct.ts'
import { FakeNeighbour, somePeer } from '../../daemon/retrieval/fake-exchange.ts'
import { type MemoryHost, MemoryNetwork } from './memory-network.ts'
import { RawPeer } from './raw-peer.ts'
import { eventually, failureOf, type SampleNode, sampleBytes, sampleNode } from './sample-node.ts'

const title = CID.parse('bafyreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku')
const HOLDING = { rendition: 'a', base: 0, bitfield: Uint8Array.of(0b11) }
type Node = SampleNode<MemoryHost>

describe('protocols/exchange/exchange, over a relay', () => {
  const nodes: Node[] = []
  let network: MemoryNetwork

  beforeEach(() => { network = new MemoryNetwork({ isRelayed: true }) })

  afterEach(async () => {
    await Promise.all(nodes.splice(0).map(async ({ exchange }) => { await exchange.stop() }))
  })

  async function node (): Promise<Node> {
    const made = sampleNode(await network.host())
    nodes.push(made)
    await made.exchange.start()
    return made
  }

  /** Connected through a relay, and both asked not to wait for more. */
  async function pair (): Promise<{ a: Node, b: Node, toB: Neighbour }> {
    const [a, b] = [await node(), await node()]
    const connecting = a.exchange.connect(b.host.peerId, [b.host.address])
    connecting.catch(() => {})
    const both = () => a.exchange.neighbour(b.host.peerId) != null &&
      b.exchange.neighbour(a.host.peerId) != null
    await eventually(both, 'both ends')
    return { a, b, toB: a.exchange.neighbour(b.host.peerId)! }
  }

  it('says HELLO and what is held, and measures no way', async () => {
    const { b, toB } = await pair()
    expect(toB.isLimited).to.equal(true)
    b.inventory.holdingsOf.set(title.toString(), [HOLDING])
    await toB.interest(title)
    expect(toB.holds(title, 'a', 1)).to.equal('have')
    expect(toB.rttMs).to.equal(undefined)
  })

  it('wants no block, and sends none to who wants it all the same', async () => {
    const { a, b, toB } = await pair()
    const cid = await b.inventory.add(sampleBytes(100))
    expect(await failureOf(toB.want({ cid, size: 100 }))).to.be.instanceOf(PeerBusyError)
    await a.exchange.stop()
    const raw = new RawPeer(await a.host.openStream(b.host))
    raw.hello()
    await raw.until('hello')
    raw.send('want', { id: 1, cid: cid.bytes, size: 100 })
    await raw.until('busy')
    expect([raw.of('data'), raw.payloads.length]).to.deep.equal([[], 0])
  })

  it('goes on over a direct connection once there is one, which connecting waits for', async () => {
    const [a, b] = [await node(), await node()]
    const connecting = a.exchange.connect(b.host.peerId, [b.host.address])
    await eventually(() => a.exchange.neighbour(b.host.peerId) != null, 'b at a')
    network.isRelayed = false
    a.host.open(b.host)
    const moved = await a.exchange.connect(b.host.peerId, [])
    expect([moved.isLimited, await connecting]).to.deep.equal([false, moved])
    const cid = await b.inventory.add(sampleBytes(100))
    expect(await moved.want({ cid, size: 100 })).to.deep.equal(sampleBytes(100))
    expect([...a.exchange.neighbours()]).to.deep.equal([moved])
  })
})

describe('protocols/exchange/survives, over a relay', () => {
  it('keeps the direct stream, whoever opened it and whenever', async () => {
    const [us, peer] = [await somePeer(1), await somePeer(2)]
    const opened = (isLimited: boolean, isOurs: boolean, sinceMs: number) =>
      ({ neighbour: { peer, isLimited }, isOurs, sinceMs })
    for (const isOurs of [true, false]) {
      for (const laterMs of [1, 100_000]) {
        const [relayed, direct] = [opened(true, true, 0), opened(false, isOurs, 0)]
        expect(survives(relayed, { ...direct, sinceMs: laterMs }, us, 5_000)).to.equal(false)
        expect(survives(direct, { ...relayed, sinceMs: laterMs }, us, 5_000)).to.equal(true)
      }
    }
  })
})

describe('protocols/exchange/until-direct', () => {
  const met = async (isLimited: boolean, isClosed = false) =>
    Object.assign(new FakeNeighbour(await somePeer(1)), { isLimited, isClosed })

  it('is over at once for who is reached directly', async () => {
    const neighbour = await met(false)
    expect(await untilDirect(new EventTarget(), neighbour)).to.equal(neighbour)
  })

  it('waits for the same peer, reached directly', async () => {
    const events = new EventTarget()
    const [relayed, direct] = [await met(true), await met(false)]
    const reached = untilDirect(events, relayed)
    const other = new FakeNeighbour(await somePeer(2))
    for (const detail of [other, await met(true), direct]) {
      events.dispatchEvent(new CustomEvent('open', { detail }))
    }
    expect(await reached).to.equal(direct)
  })

  it('takes the relayed one in the end, and fails when that is gone', async () => {
    const relayed = await met(true)
    expect(await untilDirect(new EventTarget(), relayed, 1)).to.equal(relayed)
    expect(await failureOf(untilDirect(new EventTarget(), await met(true, true), 1)))
      .to.be.instanceOf(PeerGoneError)
  })
})
