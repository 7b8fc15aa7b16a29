import { expect } from 'chai'
import type { RelayLimits } from '../../../protocols/exchange/index.ts'
import { MAX_WAITING_WANTS } from '../../../protocols/exchange/passage.ts'
import { RawPeer } from './raw-peer.ts'
import { expectNever, idsOf, RelayRig, SIZE, unreachable } from './relay-rig.ts'
import { eventually, failureOf, sampleBytes } from './sample-node.ts'

describe('protocols/exchange/passage', () => {
  let rig: RelayRig
  beforeEach(() => { rig = new RelayRig() })
  afterEach(async () => { await rig.close() })

  const FULL: Array<[string, Partial<RelayLimits>]> = [
    ['as many as it takes for one peer', { parallelPerPeer: 1 }],
    ['as many bytes as it takes for all', { memoryBytes: SIZE }]
  ]
  for (const [what, limits] of FULL) {
    it(`lets WANTs wait while ${what} are under way`, async () => {
      const [a, r1, b] = [await rig.node(), await rig.node(), await rig.node()]
      const cid = await b.inventory.add(sampleBytes(SIZE))
      const toR1 = await rig.chain(a, r1, b)
      Object.assign(r1.relay, limits)
      let open = (): void => {}
      b.inventory.gate = new Promise(resolve => { open = resolve })
      const want = { cid, size: SIZE, route: idsOf(r1, b) }
      const [first, second] = [toR1.want(want), toR1.want(want)]
      await eventually(() => b.inventory.pendingReads === 1, 'the first at the holder')
      await expectNever(() => b.inventory.pendingReads > 1)
      open()
      for (const bytes of [await first, await second]) expect(bytes).to.have.length(SIZE)
    })
  }

  it('has room for another peer as soon as one is done', async () => {
    const [a, c, r1, b] = [await rig.node(), await rig.node(), await rig.node(), await rig.node()]
    const cid = await b.inventory.add(sampleBytes(SIZE))
    const [toR1, other] = [await rig.chain(a, r1, b), await rig.connect(c, r1)]
    r1.relay.memoryBytes = SIZE
    const want = { cid, size: SIZE, route: idsOf(r1, b) }
    const wants = [toR1, other, toR1, other].map(neighbour => neighbour.want(want))
    const answers = await Promise.all(wants)
    expect(answers.map(bytes => bytes?.length)).to.deep.equal(Array(4).fill(SIZE))
  })

  it('leaves others their room, however much one peer asks for', async () => {
    const [a, c, r1, b] = [await rig.node(), await rig.node(), await rig.node(), await rig.node()]
    const cid = await b.inventory.add(sampleBytes(SIZE))
    const [toR1, other] = [await rig.chain(a, r1, b), await rig.connect(c, r1)]
    r1.relay.memoryBytes = 4 * SIZE
    let open = (): void => {}
    b.inventory.gate = new Promise(resolve => { open = resolve })
    const want = { cid, size: SIZE, route: idsOf(r1, b) }
    const greedy = [1, 2, 3, 4].map(() => toR1.want(want))
    await eventually(() => b.inventory.pendingReads === 1, 'one of them at the holder')
    const modest = other.want(want)
    await eventually(() => b.inventory.pendingReads === 2, "the other peer's at the holder")
    await expectNever(() => b.inventory.pendingReads > 2)
    open()
    await Promise.all([...greedy, modest])
  })

  it('holds no block for long for one who does not take it', async () => {
    const [a, c, b] = [await rig.node(), await rig.node(), await rig.node()]
    const r1 = await rig.node({}, { wantTimeoutMs: 60 })
    const cid = await b.inventory.add(sampleBytes(SIZE))
    const [toR1, other] = [await rig.chain(a, r1, b), await rig.connect(c, r1)]
    Object.assign(r1.relay, { memoryBytes: SIZE })
    r1.limits.uploadBytesPerSecond = 1_000
    const want = { cid, size: SIZE, route: idsOf(r1, b) }
    const [slow, next] = [failureOf(toR1.want(want)), failureOf(other.want(want))]
    expect((await slow).name).to.equal('PeerBusyError')
    // It had its turn, and as little upload.
    expect((await next).name).to.equal('PeerBusyError')
    expect(r1.exchange.relayed.blocks).to.equal(2)
  })

  it('says at once when to come again where the rate would keep a WANT for long', async () => {
    const [a, r1, b] = [await rig.node(), await rig.node(), await rig.node()]
    const cid = await b.inventory.add(sampleBytes(SIZE))
    const toR1 = await rig.chain(a, r1, b)
    r1.relay.perPeerBytesPerSecond = 20_000
    const want = { cid, size: SIZE, route: idsOf(r1, b) }
    const first = toR1.want(want)
    const { hop, retryAfterMs } = await unreachable(toR1.want(want))
    expect(hop).to.equal(r1.id)
    expect(retryAfterMs).to.be.within(4_000, 10_000)
    await first
    r1.relay.perPeerBytesPerSecond = 0
    expect(await toR1.want(want)).to.have.length(SIZE)
  })

  it('refuses WANTs past those that may wait, and a second one of an id that does', async () => {
    const [r1, b] = [await rig.node(), await rig.node()]
    const cid = await b.inventory.add(sampleBytes(SIZE))
    await rig.connect(r1, b)
    r1.relay.parallelPerPeer = 1
    b.inventory.gate = new Promise(() => {})
    const greedy = new RawPeer(await (await rig.network.host()).openStream(r1.host))
    greedy.hello()
    for (let id = 1; id <= MAX_WAITING_WANTS + 3; id++) {
      greedy.send('want', { id, cid: cid.bytes, size: SIZE, route: idsOf(r1, b) })
    }
    await greedy.until('unreachable', 2)
    expect(greedy.of('unreachable')).to.deep.equal([2, 3].map(n =>
      ({ id: MAX_WAITING_WANTS + n, hop: r1.id, retryAfterMs: 200 })))
    greedy.send('want', { id: 9, route: idsOf(r1, b) })
    await greedy.untilReset()
  })

  it('lets WANTs wait for their turn where the rate allows that soon', async () => {
    const [a, r1, b] = [await rig.node(), await rig.node(), await rig.node()]
    const cid = await b.inventory.add(sampleBytes(SIZE))
    const toR1 = await rig.chain(a, r1, b)
    r1.relay.perPeerBytesPerSecond = 4_000_000
    const startMs = performance.now()
    const want = { cid, size: SIZE, route: idsOf(r1, b) }
    const answers = await Promise.all(Array.from({ length: 4 }, () => toR1.want(want)))
    expect(answers.map(bytes => bytes?.length)).to.deep.equal(Array(4).fill(SIZE))
    expect(performance.now() - startMs).to.be.above(20)
  })

  it('frees what a neighbour had under way when that leaves', async () => {
    const [a, c, r1, b] = [await rig.node(), await rig.node(), await rig.node(), await rig.node()]
    const cid = await b.inventory.add(sampleBytes(SIZE))
    const toR1 = await rig.chain(a, r1, b)
    r1.relay.memoryBytes = SIZE
    b.inventory.gate = new Promise(() => {})
    const want = { cid, size: SIZE, route: idsOf(r1, b) }
    const lost = failureOf(toR1.want(want))
    await eventually(() => b.inventory.pendingReads === 1, 'the WANT at the holder')
    await a.exchange.stop()
    await lost
    await eventually(() => r1.exchange.neighbour(a.host.peerId) == null, 'a gone at the relay')
    b.inventory.gate = Promise.resolve()
    const toIt = await rig.connect(c, r1)
    expect(await toIt.want({ ...want, deadlineMs: 2_000 })).to.have.length(SIZE)
  })
})
