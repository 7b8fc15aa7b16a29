import { expect } from 'chai'
import { CID } from 'multiformats/cid'
import { PeerBusyError } from '../../../protocols/errors.ts'
import type { Neighbour } from '../../../protocols/exchange/index.ts'
import { sha256 } from '../../../protocols/sha256.ts'
import { RawPeer } from './raw-peer.ts'
import { idsOf, type RelayNode, RelayRig, SIZE, unreachable } from './relay-rig.ts'
import { eventually, failureOf, sampleBytes } from './sample-node.ts'

const title = CID.parse('bafyreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku')

describe('protocols/exchange/relay', () => {
  let rig: RelayRig
  beforeEach(() => { rig = new RelayRig() })
  afterEach(async () => { await rig.close() })

  it('brings a block from a holder two relays away, and keeps nothing on the way', async () => {
    const [a, r1, r2, b] = [await rig.node(), await rig.node(), await rig.node(), await rig.node()]
    const cid = await b.inventory.add(sampleBytes(SIZE))
    const toR1 = await rig.chain(a, r1, r2, b)
    const bytes = await toR1.want({ cid, size: SIZE, route: idsOf(r1, r2, b) })
    expect(bytes).to.deep.equal(sampleBytes(SIZE))
    expect([r1, r2].map(({ inventory }) => inventory.reads)).to.deep.equal([0, 0])
    expect([...r1.kept, ...r2.kept]).to.deep.equal([])
    for (const { exchange } of [r1, r2]) {
      expect(exchange.relayed).to.deep.equal({ blocks: 1, bytes: SIZE, refused: 0 })
    }
  })

  it('sends only the bytes that are missing', async () => {
    const [a, r1, b] = [await rig.node(), await rig.node(), await rig.node()]
    const cid = await b.inventory.add(sampleBytes(SIZE))
    const toR1 = await rig.chain(a, r1, b)
    const bytes = await toR1.want({ cid, size: SIZE, offset: 90_000, route: idsOf(r1, b) })
    expect(bytes).to.deep.equal(sampleBytes(SIZE).subarray(90_000))
    expect(toR1.receivedBytes).to.be.below(20_000)
  })

  it('does not hold against a relay how long the way behind it is', async () => {
    const [a, r1, b] = [await rig.node(), await rig.node(), await rig.node()]
    const cid = await b.inventory.add(sampleBytes(SIZE))
    const toR1 = await rig.chain(a, r1, b)
    const wanted = toR1.want({ cid, size: SIZE, route: idsOf(r1, b) })
    expect(toR1.inFlight).to.equal(0)
    await wanted
    expect(toR1.rateBytesPerSecond).to.equal(undefined)
    const atR1 = r1.exchange.neighbour(b.host.peerId)!
    const direct = atR1.want({ cid, size: SIZE, route: idsOf(b) })
    expect(atR1.inFlight).to.equal(1)
    await direct
  })

  it('passes on that the holder does not have it, and that it is busy', async () => {
    const [a, r1, b] = [await rig.node(), await rig.node(), await rig.node()]
    const toR1 = await rig.chain(a, r1, b)
    const want = { cid: title, size: 10, route: idsOf(r1, b) }
    expect(await toR1.want(want)).to.equal(undefined)
    b.limits.isMetered = true
    const busy = await failureOf(toR1.want(want))
    expect(busy).to.be.instanceOf(PeerBusyError)
    expect((busy as PeerBusyError).retryAfterMs).to.equal(10_000)
  })

  it('names a hop that is no neighbour, and one that does not relay', async () => {
    const [a, r1, b] = [await rig.node(), await rig.node(), await rig.node()]
    const plain = await rig.node({ limits: { ...r1.relay, isEnabled: false } })
    const toR1 = await rig.chain(a, r1, plain, b)
    const want = { cid: title, size: 10 }
    const gone = await unreachable(toR1.want({ ...want, route: idsOf(r1, b) }))
    expect(gone.hop).to.equal(b.id)
    const refused = await unreachable(toR1.want({ ...want, route: idsOf(r1, plain, b) }))
    expect(refused.hop).to.equal(plain.id)
    expect(await toR1.want({ ...want, route: idsOf(r1, plain) })).to.equal(undefined)
  })

  it('does not go in circles, nor relays for another than who is named first', async () => {
    const [a, r1, r2, b] = [await rig.node(), await rig.node(), await rig.node(), await rig.node()]
    const toR1 = await rig.chain(a, r1, r2, b)
    const hopOf = async (...route: RelayNode[]): Promise<string> =>
      (await unreachable(toR1.want({ cid: title, size: 10, route: idsOf(...route) }))).hop
    expect(await hopOf(r1, r2, r1)).to.equal(r1.id)
    expect(await hopOf(r1, a, b)).to.equal(a.id)
    expect(await hopOf(r1, r2, r2, b)).to.equal(r2.id)
    expect(await hopOf(r2, b)).to.equal(r2.id)
  })

  it('does not relay when that is turned off', async () => {
    const [a, r1, b] = [await rig.node(), await rig.node(), await rig.node()]
    const toR1 = await rig.chain(a, r1, b)
    r1.relay.isEnabled = false
    const { hop } = await unreachable(toR1.want({ cid: title, size: 10, route: idsOf(r1, b) }))
    expect(hop).to.equal(r1.id)
    expect(r1.exchange.relayed).to.deep.equal({ blocks: 0, bytes: 0, refused: 1 })
  })

  it('says at once that a hop left in the middle', async () => {
    const [a, r1, r2, b] = [await rig.node(), await rig.node(), await rig.node(), await rig.node()]
    const cid = await b.inventory.add(sampleBytes(SIZE))
    const toR1 = await rig.chain(a, r1, r2, b)
    b.inventory.gate = new Promise(() => {})
    const wanted = unreachable(toR1.want({ cid, size: SIZE, route: idsOf(r1, r2, b) }))
    await eventually(() => b.inventory.pendingReads === 1, 'the WANT at the holder')
    await b.exchange.stop()
    expect((await wanted).hop).to.equal(b.id)
    const again = unreachable(toR1.want({ cid, size: SIZE, route: idsOf(r1, r2, b) }))
    expect((await again).hop).to.equal(b.id)
  })

  it('is banned by the next honest hop when it alters bytes, and nobody else is', async () => {
    const flip = (bytes: Uint8Array): Uint8Array => {
      const digest = sha256(bytes) as Uint8Array
      bytes[7]! ^= 1
      return digest
    }
    const [a, r1, b] = [await rig.node(), await rig.node(), await rig.node()]
    const flipping = await rig.node({ sha256: flip })
    const cid = await b.inventory.add(sampleBytes(SIZE))
    const toR1 = await rig.chain(a, r1, flipping, b)
    const wrong: Neighbour[] = []
    r1.exchange.events.addEventListener('wrong', event => {
      wrong.push((event as CustomEvent<Neighbour>).detail)
    })
    const { hop } = await unreachable(
      toR1.want({ cid, size: SIZE, route: idsOf(r1, flipping, b) }))
    expect(hop).to.equal(flipping.id)
    expect(wrong.map(({ peer }) => `${peer}`)).to.deep.equal([flipping.id])
    expect(r1.exchange.neighbour(flipping.host.peerId)).to.equal(undefined)
    const refused = await failureOf(r1.exchange.connect(flipping.host.peerId, []))
    expect(refused.name).to.equal('PeerBannedError')
    expect(a.exchange.neighbour(r1.host.peerId)).to.equal(toR1)
    expect(flipping.exchange.neighbour(b.host.peerId)).to.not.equal(undefined)
  })

  it('passes a CANCEL on, and what the WANT took is free again', async () => {
    const [a, r1, r2, b] = [await rig.node(), await rig.node(), await rig.node(), await rig.node()]
    const cid = await b.inventory.add(sampleBytes(SIZE))
    const toR1 = await rig.chain(a, r1, r2, b)
    for (const { relay } of [r1, r2]) relay.memoryBytes = SIZE
    const ends = new AbortController()
    b.inventory.gate = new Promise(() => {})
    const want = { cid, size: SIZE, route: idsOf(r1, r2, b) }
    const cancelled = failureOf(toR1.want(want, { signal: ends.signal }))
    await eventually(() => b.inventory.pendingReads === 1, 'the WANT at the holder')
    const atR2 = r2.exchange.neighbour(b.host.peerId)!
    ends.abort(new Error('seek'))
    expect((await cancelled).message).to.equal('seek')
    await eventually(() => atR2.inFlight === 0, 'the CANCEL at the last hop')
    b.inventory.gate = Promise.resolve()
    expect(await toR1.want(want)).to.have.length(SIZE)
  })

  it('has the hop that is asked to keep the block keep it, with its title', async () => {
    const [a, r1, r2, b] = [await rig.node(), await rig.node(), await rig.node(), await rig.node()]
    const cid = await b.inventory.add(sampleBytes(SIZE))
    const toR1 = await rig.chain(a, r1, r2, b)
    const want = { cid, size: SIZE, content: title, route: idsOf(r1, r2, b) }
    await toR1.want({ ...want, keeper: 2 })
    expect([r1.kept.length, r2.kept.length]).to.deep.equal([0, 1])
    expect(r2.kept[0]).to.deep.equal({ cid, bytes: sampleBytes(SIZE), content: title })
    await toR1.want({ ...want, keeper: 1 })
    expect([r1.kept.length, r2.kept.length]).to.deep.equal([1, 1])
  })

  describe('to a holder of which every frame is seen', () => {
    /** A relay between a node and a raw peer that claims to be anybody's neighbour. */
    async function watched () {
      const [a, r1] = [await rig.node(), await rig.node()]
      const host = await rig.network.host()
      const holder = new RawPeer(await host.openStream(r1.host))
      holder.hello({ features: ['raise', 'relay'] })
      await eventually(() => r1.exchange.neighbour(host.peerId) != null, 'the holder')
      const toR1 = await rig.connect(a, r1)
      return { toR1, holder, route: [r1.id, `${host.peerId}`] }
    }

    it('deadlines shrink, and the route with each hop', async () => {
      const { toR1, holder, route } = await watched()
      const wanted = toR1.want({ cid: title, size: 10, route, deadlineMs: 2_000 })
      await holder.until('want')
      const [seen] = holder.of('want')
      expect(seen!.route).to.deep.equal(route.slice(1))
      expect(seen!.deadlineMs).to.be.within(1_500, 1_990)
      holder.send('missing', { id: seen!.id })
      expect(await wanted).to.equal(undefined)
    })

    it('a change of priority goes all the way', async () => {
      const { toR1, holder, route } = await watched()
      const wanted = toR1.want({ cid: title, size: 10, route, priority: 'offline' })
      await holder.until('want')
      toR1.raise({ cid: title, priority: 'urgent' })
      await holder.until('want', 2)
      const [first, again] = holder.of('want')
      expect([again!.id, again!.again, again!.priority]).to.deep.equal([first!.id, true, 0])
      holder.send('missing', { id: first!.id })
      await wanted
    })

    it('a hop that none named does not make others look guilty', async () => {
      const { toR1, holder, route } = await watched()
      const wanted = unreachable(toR1.want({ cid: title, size: 10, route }))
      await holder.until('want')
      holder.send('unreachable', { id: holder.of('want')[0]!.id, hop: route[0]! })
      expect((await wanted).hop).to.equal(route[1])
    })
  })
})
