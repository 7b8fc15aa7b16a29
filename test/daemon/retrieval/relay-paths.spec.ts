import { expect } from 'chai'
import { AVOID_MS, RelayPaths } from '../../../daemon/retrieval/relay-paths.ts'
import { PenaltyBook } from '../../../daemon/routing/index.ts'
import { RELAY_FEATURE } from '../../../protocols/exchange/index.ts'
import { FakeExchange, type FakeNeighbour } from './fake-exchange.ts'
import { FakeRoutes } from './fake-routes.ts'
import { FakeTime } from './fake-time.ts'
import { neighbour } from './peer-broker-rig.ts'

const HOLDER = 'holder'

describe('daemon/retrieval/relay-paths', () => {
  /** Relays are neighbours 1, 2, …; others have names. */
  async function rig (relays = 3) {
    const time = new FakeTime()
    const exchange = new FakeExchange()
    const penalties = new PenaltyBook(time)
    const routes = new FakeRoutes()
    const near: FakeNeighbour[] = []
    for (let n = 1; n <= relays; n++) {
      const relay = await neighbour(n)
      relay.hello.features.push(RELAY_FEATURE)
      exchange.arrive(relay)
      near.push(relay)
    }
    const paths = new RelayPaths({ ...time, clock: time.clock, exchange, penalties, routes })
    const ids = near.map(({ peer }) => `${peer}`)
    const lead = (...ways: string[][]) => { routes.ways.set(HOLDER, ways) }
    const hops = () => paths.to(HOLDER).map(path => path.hops.slice(0, -1))
    return { time, exchange, penalties, routes, near, paths, ids, lead, hops }
  }

  it('are the best way and another that shares no relay with it', async () => {
    const { paths, ids: [a, b], lead, hops } = await rig()
    lead([a!, 'x'], [b!, 'x'], [b!, 'y'])
    expect(hops()).to.deep.equal([[a, 'x'], [b, 'y']])
    const [best] = paths.to(HOLDER)
    expect([best!.id, best!.rttMs]).to.deep.equal([`${a}/x/${HOLDER}`, 30])
  })

  it('begin with a neighbour who relays, over a direct connection', async () => {
    const { near, ids: [a, b, c], lead, hops } = await rig()
    near[0]!.hello.features.length = 0
    Object.assign(near[1]!, { isLimited: true })
    lead(['stranger'], [a!], [b!], [c!])
    expect(hops()).to.deep.equal([[c]])
  })

  it('are none to a neighbour, to whom no route leads, or one that is too long', async () => {
    const { ids: [a], lead, hops } = await rig()
    expect(hops()).to.deep.equal([])
    lead([a!, 'x', 'y', 'z'])
    expect(hops()).to.deep.equal([])
    lead([])
    expect(hops()).to.deep.equal([])
  })

  it('leave out who is banned', async () => {
    const { penalties, ids: [a, b], lead, hops } = await rig()
    penalties.ban('x')
    lead([a!, 'x'], [a!, 'y'], [b!])
    expect(hops()).to.deep.equal([[a, 'y'], [b]])
  })

  it('are reckoned every two seconds, and anew when a neighbour has gone', async () => {
    const { time, exchange, routes, ids: [a, b], lead, hops } = await rig()
    lead([a!], [b!])
    hops()
    const { asked } = routes
    hops()
    expect(routes.asked).to.equal(asked)
    exchange.here.delete(a!)
    expect(hops()).to.deep.equal([[b]])
    lead(['x'], [b!, 'z'])
    await time.advance(2_001)
    expect(hops()).to.deep.equal([[b, 'z']])
  })

  it('are found a quarter of a second after the first is told of', async () => {
    const { time, ids: [a], lead, hops } = await rig()
    expect(hops()).to.deep.equal([])
    lead([a!])
    await time.advance(251)
    expect(hops()).to.deep.equal([[a]])
  })

  it('keep what was measured of a way', async () => {
    const { time, near, ids: [a], lead, paths } = await rig()
    lead([a!])
    const [path] = paths.to(HOLDER)
    near[0]!.want = async want => {
      near[0]!.wants.push(want)
      await time.advance(70)
      return new Uint8Array(50_000)
    }
    const cid = {} as never
    await path!.want({ cid, size: 50_000 }, {})
    expect(near[0]!.wants[0]!.route).to.deep.equal([a, HOLDER])
    await time.advance(1_000)
    const [again] = paths.to(HOLDER)
    expect(again!.rateBytesPerSecond).to.be.closeTo(1_000_000, 1)
    expect(again!.inFlight).to.equal(0)
  })

  const STOOD: Array<[string, string, string]> = [
    ['a hop that is gone', 'x', 'x'],
    ['the hop before a holder that it does not reach', HOLDER, 'x'],
    ['a neighbour who names somebody else', 'stranger', 'first']
  ]
  for (const [what, said, culprit] of STOOD) {
    it(`leave out ${what}, for a while`, async () => {
      const { time, paths, ids: [a, b], lead, hops } = await rig()
      lead([a!, 'x'], [b!, 'x'], [a!, 'y'], [b!, 'y'])
      const [best] = paths.to(HOLDER)
      paths.blocked(best!, said)
      const left = culprit === 'first' ? a : culprit
      expect(hops()).to.have.length.above(0)
      expect(hops().flat()).to.not.include(left)
      await time.advance(AVOID_MS + 1)
      expect(hops()[0]).to.deep.equal([a, 'x'])
    })
  }

  it('leave out a hop that is gone on the way to anybody else too', async () => {
    const { paths, routes, ids: [a, b], lead, hops } = await rig()
    lead([a!, 'x'], [b!])
    routes.ways.set('other', [[a!, 'x'], [a!, 'y']])
    const toOther = () => paths.to('other').map(path => path.hops)
    expect(toOther()).to.deep.equal([[a, 'x', 'other']])
    paths.blocked(paths.to(HOLDER)[0]!, 'x')
    expect(toOther()).to.deep.equal([[a, 'y', 'other']])
    paths.blocked(paths.to(HOLDER)[0]!, HOLDER)
    expect(hops()).to.deep.equal([])
    expect(toOther()).to.deep.equal([[a, 'y', 'other']])
  })

  it('leave out a neighbour that only ever names others, unless it was of use', async () => {
    const { time, paths, ids: [a, b], lead, hops } = await rig()
    const others = ['w', 'x', 'y', 'z']
    const blame = (isOfUse: boolean): void => {
      for (const other of others) {
        const [best] = paths.to(HOLDER)
        paths.blocked(best!, other)
        paths.blocked(best!, other)
        if (isOfUse) paths.reached(best!)
      }
    }
    lead(...others.map(other => [a!, other]), [a!], [b!])
    blame(true)
    expect(hops()).to.deep.equal([[a], [b]])
    others.splice(0, 4, 'o', 'p', 'q', 'r')
    lead(...others.map(other => [a!, other]), [a!], [b!])
    await time.advance(2_001)
    blame(false)
    expect(hops()).to.deep.equal([[b]])
  })

  it('lead nowhere for a while when two relays in a row do not reach the holder', async () => {
    const { time, paths, ids: [a, b], lead, hops } = await rig()
    lead([a!], [b!], [a!, 'x'])
    const [first, second] = paths.to(HOLDER)
    paths.blocked(first!, HOLDER)
    paths.reached(second!)
    await time.advance(AVOID_MS + 1)
    // Two that were under way together.
    paths.blocked(first!, HOLDER)
    paths.blocked(first!, HOLDER)
    expect(hops()).to.deep.equal([[b]])
    paths.blocked(second!, HOLDER)
    lead(['c'], [a!, 'x'], ['y'])
    expect(hops()).to.deep.equal([])
    await time.advance(2 * AVOID_MS + 1)
    expect(hops()).to.deep.equal([[a, 'x']])
  })

  it('leave out for longer each time a hop that stands in the way again and again', async () => {
    const { time, paths, ids: [a], lead, hops } = await rig()
    lead([a!, 'x'])
    const blockedMs = async (): Promise<number> => {
      const [best] = paths.to(HOLDER)
      // Two that were under way together.
      paths.blocked(best!, 'x')
      paths.blocked(best!, 'x')
      const sinceMs = time.nowMs
      while (hops().length === 0) await time.advance(500)
      return time.nowMs - sinceMs
    }
    // It is looked at anew every two seconds.
    expect(await blockedMs()).to.be.within(AVOID_MS, AVOID_MS + 2_000)
    expect(await blockedMs()).to.be.within(2 * AVOID_MS, 2 * AVOID_MS + 2_000)
    await time.advance(30 * AVOID_MS)
    expect(await blockedMs()).to.be.within(AVOID_MS, AVOID_MS + 2_000)
  })
})
