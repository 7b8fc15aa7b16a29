import { expect } from 'chai'
import fc from 'fast-check'
import {
  distanceMs, LinkStateTable, type Metric, OwnLinks, RoutingTable
} from '../../../daemon/routing/index.ts'
import { RELAY_COST_MS } from '../../../daemon/routing/routing-table.ts'
import type { Coordinate } from '../../../protocols/rtt/index.ts'
import { linkState, nameNumbered, NOW, peerNumbered, RECORD_BYTES } from './link-states.ts'
import { median, RttWorld } from './rtt-world.ts'

type Told = Record<number, Record<number, number>>

const SELF = 0
const clock = (): number => NOW

interface Rig { routes: RoutingTable, links: OwnLinks, table: LinkStateTable }

/** `own`: what we measured; `told`: what others report, by number. */
function rigOf (
  own: Record<number, number>, told: Told,
  { by = 'rtt' as Metric, place, places = {} }: {
    by?: Metric, place?: Coordinate, places?: Record<number, Coordinate>
  } = {}
): Rig {
  const links = new OwnLinks({ self: peerNumbered(SELF), clock })
  const table = new LinkStateTable({ clock })
  for (const [number, rttMs] of Object.entries(own)) {
    links.observe(peerNumbered(Number(number)), rttMs)
  }
  for (const [number, rtts] of Object.entries(told)) {
    const coordinate = places[Number(number)]
    const changes = coordinate == null ? {} : { coordinate }
    table.put(linkState(Number(number), rtts, changes), RECORD_BYTES)
  }
  const self = peerNumbered(SELF)
  const routes = new RoutingTable({ self, links, table, coordinate: () => place }, { by })
  return { links, table, routes }
}

const at = (x: number, error = 0.1): Coordinate => ({ x, y: 0, heightMs: 1, error })
const route = (rig: Rig, to: number, avoid: number[] = []): [number, number[]] | undefined => {
  const found = rig.routes.routeTo(nameNumbered(to), { avoid: new Set(avoid.map(nameNumbered)) })
  const numbers = Array.from({ length: 20 }, (_, number) => nameNumbered(number))
  return found && [found.rttMs, found.hops.map(name => numbers.indexOf(name))]
}

describe('daemon/routing/routing-table', () => {
  it('goes the fastest way over links that both ends report, our own as measured', () => {
    const rig = rigOf({ 1: 10, 2: 50 }, {
      1: { 0: 900, 2: 10, 3: 5 }, 2: { 1: 15, 3: 5, 4: 5 }, 3: { 2: 5 }, 4: { 2: 5 }
    })
    expect(route(rig, 1)).to.deep.equal([10, []])
    expect(route(rig, 2)).to.deep.equal([25, [1]])
    expect(route(rig, 3)).to.deep.equal([30, [1, 2]])
    expect(route(rig, 4, [1])).to.deep.equal([55, [2]])
    expect(route(rig, 4, [1, 2])).to.equal(undefined)
    expect(route(rig, 9)).to.equal(undefined)
    expect(route(rig, SELF)).to.equal(undefined)
  })

  it('asks nobody to relay for the sake of few milliseconds', () => {
    const told = { 1: { 2: 10 }, 2: { 1: 10 } }
    expect(route(rigOf({ 1: 10, 2: 29 }, told), 2)).to.deep.equal([29, []])
    expect(route(rigOf({ 1: 10, 2: 31 }, told), 2)).to.deep.equal([20, [1]])
  })

  it('passes fewer relays where the operator wants it so', () => {
    const told = { 1: { 2: 10 }, 2: { 1: 10, 3: 10 }, 3: { 2: 10 } }
    expect(route(rigOf({ 1: 10, 2: 50 }, told), 3)).to.deep.equal([30, [1, 2]])
    expect(route(rigOf({ 1: 10, 2: 50 }, told, { by: 'hops' }), 3)).to.deep.equal([60, [2]])
  })

  it('has three relays at most, or as many as it is asked for', () => {
    const told = {
      1: { 2: 1 }, 2: { 1: 1, 3: 1 }, 3: { 2: 1, 4: 1 }, 4: { 3: 1, 5: 1 }, 5: { 4: 1 }
    }
    const rig = rigOf({ 1: 1 }, told)
    expect(route(rig, 4)).to.deep.equal([4, [1, 2, 3]])
    expect(route(rig, 5)).to.equal(undefined)
    expect(rig.routes.routeTo(nameNumbered(3), { maxRelays: 1 })).to.equal(undefined)
    expect(rig.routes.routeTo(nameNumbered(5), { maxRelays: 4 })?.rttMs).to.equal(5)
  })

  it('leads over nobody who does not relay, who tells how far others are all the same', () => {
    const rig = rigOf({ 1: 10, 2: 50 }, {
      1: { 0: 10, 3: 5 }, 2: { 0: 50, 3: 5 }, 3: { 1: 5, 2: 5, 4: 5 }, 4: { 3: 5 }
    })
    rig.table.put(linkState(1, { 0: 10, 3: 5 }, { seq: 2, relays: false }), RECORD_BYTES)
    expect(route(rig, 3)).to.deep.equal([55, [2]])
    expect(route(rig, 4)).to.deep.equal([60, [2, 3]])
    expect(route(rig, 1)).to.deep.equal([10, []])
    expect(route(rig, 3, [2])).to.equal(undefined)
    expect(rig.routes.estimate(nameNumbered(3))).to.deep.equal({ rttMs: 15, basis: 'path' })
    const row = rig.routes.rows().find(({ peer }) => peer === nameNumbered(3))
    expect(row).to.include({ nextHop: nameNumbered(2), pathMs: 55, estimatedMs: 15 })
  })

  it('leads nowhere over a node that claims 1 ms to everyone', () => {
    const honest = { 1: { 2: 30, 3: 60 }, 2: { 1: 30, 3: 30 }, 3: { 2: 30, 1: 60 } }
    const liar = { 1: 1, 2: 1, 3: 1 }
    const strangers = rigOf({ 1: 10, 2: 45, 9: 200 }, { ...honest, 9: liar })
    for (const to of [1, 2, 3]) expect(route(strangers, to)?.[1]).not.to.include(9)
    const known = { 1: { ...honest[1], 9: 200 }, 2: { ...honest[2], 9: 200 }, 3: { 2: 30, 9: 150 } }
    const neighbours = rigOf({ 1: 10, 2: 45, 9: 200 }, { ...known, 9: liar })
    for (const to of [1, 2, 3]) expect(route(neighbours, to)?.[1]).not.to.include(9)
    expect(neighbours.routes.estimate(nameNumbered(3))?.rttMs).to.equal(75)
  })

  it('finds the same ways whether a node tells the truth or 1 ms to everyone', () => {
    const world = new RttWorld({ nodes: 40, seed: 3 }).run(1)
    const observer = 1
    const liar = world.nodes.findLast(node => world.neighbours[observer]!.has(node))!
    const claims = Object.fromEntries(world.nodes.map(node => [node, 1]))
    const ways = [undefined, claims].map(claims => {
      const { routes, table } = routesIn(world, observer)
      if (claims != null) table.put(linkState(liar, claims, { seq: 2 }), RECORD_BYTES)
      return world.nodes.map(node => routes.routeTo(nameNumbered(node))?.hops)
    })
    expect(ways[1]).to.deep.equal(ways[0])
    expect(ways[0]!.filter(hops => hops != null)).to.have.length.above(35)
  })

  it('agrees with Floyd and Warshall on any graph, and each route is there', () => {
    const rtts = fc.dictionary(fc.nat(6).map(String), fc.integer({ min: 1, max: 99 }))
    fc.assert(fc.property(rtts, fc.array(rtts, { minLength: 6, maxLength: 6 }), (own, others) => {
      const { [SELF]: _, ...links } = own as Record<number, number>
      const told = Object.fromEntries(others.map((rtts, at) => [at + 1, rtts])) as Told
      const rig = rigOf(links, told)
      const far = floydWarshall(links, told)
      for (let to = 1; to <= 6; to++) {
        const found = rig.routes.routeTo(nameNumbered(to), { maxRelays: 9 })
        const cost = found == null ? Infinity : found.rttMs + RELAY_COST_MS * found.hops.length
        expect(cost).to.equal(far[SELF]![to])
      }
    }), { numRuns: 60 })
  })

  it('is drawn anew only when something changed, and somebody asks', () => {
    const rig = rigOf({ 1: 10 }, { 1: { 2: 10 }, 2: { 1: 10 } })
    let looks = 0
    const { table } = rig
    const linksOf = table.linksOf.bind(table)
    table.linksOf = node => { looks++; return linksOf(node) }
    const count = (act: () => void): number => { looks = 0; act(); return looks }
    const ask = (): void => { route(rig, 2) }
    expect(count(ask)).to.be.greaterThan(0)
    expect(count(ask)).to.equal(0)
    expect(count(() => { table.put(linkState(3, { 2: 1 }), RECORD_BYTES) })).to.equal(0)
    expect(count(ask)).to.be.greaterThan(0)
    expect(count(() => { rig.links.lost(peerNumbered(1)) })).to.equal(0)
    expect(count(ask)).to.equal(0)
    expect(route(rig, 2)).to.equal(undefined)
  })
})

describe('daemon/routing/routing-table, estimates', () => {
  const told = { 1: { 5: 20 }, 2: { 5: 100 }, 5: { 1: 25, 2: 90 } }

  it('knows best what it measured', () => {
    const rig = rigOf({ 1: 10, 2: 5 }, told, { place: at(0), places: { 1: at(500) } })
    expect(rig.routes.estimate(nameNumbered(1))).to.deep.equal({ rttMs: 10, basis: 'measured' })
  })

  it('goes by coordinates, within what links prove', () => {
    const estimate = (x: number): unknown => rigOf({ 1: 10, 2: 20 }, told, {
      place: at(0), places: { 5: at(x) }
    }).routes.estimate(nameNumbered(5))
    // Over 1 it is 35 ms; 2 is 20 ms from us and 90 from it at least.
    expect(estimate(28)).to.deep.equal({ rttMs: 35, basis: 'coordinates' })
    const near = rigOf({ 1: 60 }, told, { place: at(0), places: { 5: at(1) } })
    expect(near.routes.estimate(nameNumbered(5))?.rttMs).to.equal(28)
    const free = rigOf({ 1: 60 }, told, { place: at(0), places: { 5: at(50) } })
    expect(free.routes.estimate(nameNumbered(5))?.rttMs).to.equal(52)
  })

  it('goes by the path where one of the places is not known', () => {
    const byPath = { rttMs: 35, basis: 'path' }
    const nowhere = rigOf({ 1: 10 }, told, { places: { 5: at(20) } })
    expect(nowhere.routes.estimate(nameNumbered(5))).to.deep.equal(byPath)
    const lost = rigOf({ 1: 10 }, told, { place: at(0, 1), places: { 5: at(20) } })
    expect(lost.routes.estimate(nameNumbered(5))).to.deep.equal(byPath)
    expect(rigOf({ 1: 10 }, told).routes.estimate(nameNumbered(8))).to.equal(undefined)
  })

  it('knows a node of another region by the place in its node record', () => {
    const { routes } = rigOf({ 1: 10 }, told, { place: at(0) })
    routes.learn(peerNumbered(8), at(98))
    expect(routes.estimate(nameNumbered(8))).to.deep.equal({ rttMs: 100, basis: 'coordinates' })
    routes.learn(nameNumbered(8), { x: NaN, y: 1e99, heightMs: -1, error: 7 })
    expect(routes.estimate(nameNumbered(8))?.rttMs).to.be.within(0, 30_000)
  })

  it('is within a fifth for half of the pairs that never met', function () {
    this.timeout(10_000)
    const world = new RttWorld({ seed: 5 }).run(60)
    const observers = world.nodes.slice(0, 8)
    const rigs = observers.map(node => routesIn(world, node))
    const pairs = observers.flatMap(a => world.nodes
      .filter(b => b !== a && !world.neighbours[a]!.has(b)).map(b => [a, b] as const))
    const errors = (estimate: (a: number, b: number) => number): number[] =>
      pairs.map(([a, b]) => Math.abs(estimate(a, b) / world.rttMs(a, b) - 1)).sort((a, b) => a - b)
    const bounded = errors((a, b) => rigs[a]!.routes.estimate(nameNumbered(b))!.rttMs)
    const plain = errors((a, b) => distanceMs(world.places[a]!, world.told(b)))
    expect(median(bounded)).to.be.below(0.2)
    expect(bounded.at(-10)).to.be.below(plain.at(-10)!)
  })
})

describe('daemon/routing/routing-table, rows', () => {
  it('has measured and estimated side by side, the nearest first', () => {
    const { routes } = rigOf({ 1: 30, 7: 10 }, { 1: { 5: 20 }, 5: { 1: 20 }, 6: {} }, {
      place: at(0), places: { 1: at(20), 5: at(70) }
    })
    expect(routes.rows()).to.deep.equal([
      { peer: nameNumbered(7), nextHop: nameNumbered(7), hops: 1, pathMs: 10, measuredMs: 10 },
      {
        peer: nameNumbered(1), role: 'peer', region: 'eu', nextHop: nameNumbered(1), hops: 1,
        pathMs: 30, measuredMs: 30, estimatedMs: 22, basis: 'coordinates'
      },
      {
        peer: nameNumbered(5), role: 'peer', region: 'eu', nextHop: nameNumbered(1), hops: 2,
        pathMs: 50, estimatedMs: 50, basis: 'coordinates'
      },
      { peer: nameNumbered(6), role: 'peer', region: 'eu' }
    ])
  })

  it('goes by what a neighbour of another region says of itself', () => {
    const { routes, links } = rigOf({ 1: 30 }, { 1: {} })
    links.observe(peerNumbered(1), 30, { role: 'edge', region: 'us' })
    links.observe(peerNumbered(2), 40, { role: 'edge', region: 'us' })
    expect(routes.rows().map(({ role, region }) => [role, region]))
      .to.deep.equal([['peer', 'eu'], ['edge', 'us']])
  })

  it('guesses a neighbour as if it had not measured it', () => {
    const { routes } = rigOf({ 1: 30, 2: 10 }, { 1: { 0: 30, 2: 5 }, 2: { 1: 5 } })
    expect(routes.rows().find(({ peer }) => peer === nameNumbered(1)))
      .to.include({ measuredMs: 30, estimatedMs: 15, basis: 'path', nextHop: nameNumbered(2) })
  })

  it('does not list itself, though others link to it', () => {
    const { routes } = rigOf({ 1: 30 }, { 0: { 1: 30 }, 1: { 0: 30 } })
    expect(routes.rows().map(({ peer }) => peer)).to.deep.equal([nameNumbered(1)])
  })
})

function routesIn (world: RttWorld, self: number): Rig {
  const links = new OwnLinks({ self: peerNumbered(self), clock })
  const table = new LinkStateTable({ clock })
  for (const node of world.nodes) {
    const rtts = Object.fromEntries(world.smoothed[node]!)
    if (node !== self) {
      table.put(linkState(node, rtts, { coordinate: world.told(node) }), RECORD_BYTES)
      continue
    }
    for (const [other, rttMs] of world.smoothed[node]!) links.observe(peerNumbered(other), rttMs)
  }
  const coordinate = (): Coordinate => world.places[self]!
  const routes = new RoutingTable({ self: peerNumbered(self), links, table, coordinate })
  return { routes, links, table }
}

/** The plain reference: our links as measured, others' as both ends report and with a relay. */
function floydWarshall (own: Record<number, number>, told: Told): number[][] {
  const numbers = [0, 1, 2, 3, 4, 5, 6]
  const far = numbers.map(a => numbers.map(b => {
    if (a === b) return 0
    if (a === SELF) return own[b] ?? Infinity
    const rttMs = Math.max(told[a]?.[b] ?? Infinity, told[b]?.[a] ?? Infinity)
    return b === SELF ? Infinity : rttMs + RELAY_COST_MS
  }))
  for (const via of numbers) {
    for (const a of numbers) {
      for (const b of numbers) far[a]![b] = Math.min(far[a]![b]!, far[a]![via]! + far[via]![b]!)
    }
  }
  return far
}
