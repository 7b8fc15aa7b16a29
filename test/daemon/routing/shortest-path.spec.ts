import { expect } from 'chai'
import fc from 'fast-check'
import {
  type Graph, type Metric, nodesOf, type Path, shortestPaths
} from '../../../daemon/routing/index.ts'

type Links = Array<[from: number, to: number, rttMs: number]>

const NODES = 8
const node = fc.nat(NODES - 1)
const links: fc.Arbitrary<Links> = fc.uniqueArray(
  fc.tuple(node, node, fc.integer({ min: 0, max: 50 })),
  { selector: ([from, to]) => `${from} ${to}`, maxLength: 30 }
)

describe('daemon/routing/shortest-path', () => {
  it('finds what Floyd and Warshall find', () => {
    fc.assert(fc.property(links, told => {
      const all = floydWarshall(told)
      const paths = shortestPaths(graphOf(told), 0, 'rtt')
      for (let to = 0; to < NODES; to++) {
        expect(paths.get(to)?.rttMs ?? Infinity).to.equal(all[0]![to])
      }
    }))
  })

  it('counts the links as a search in breadth does', () => {
    fc.assert(fc.property(links, told => {
      const hops = breadthFirst(told)
      const paths = shortestPaths(graphOf(told), 0, 'hops')
      for (let to = 0; to < NODES; to++) {
        expect(paths.get(to)?.hops ?? Infinity).to.equal(hops.get(to) ?? Infinity)
      }
    }))
  })

  it('finds the best of all walks of so many links', () => {
    fc.assert(fc.property(links, fc.integer({ min: 0, max: 4 }), (told, maxHops) => {
      for (const by of ['rtt', 'hops'] as const) {
        const paths = shortestPaths(graphOf(told), 0, by, { maxHops })
        for (let to = 0; to < NODES; to++) {
          const path = paths.get(to)
          expect(path && [path.rttMs, path.hops]).to.deep.equal(bestWalk(told, to, maxHops, by))
        }
      }
    }))
  })

  it('tells of paths that are there, as long and as far as it says', () => {
    fc.assert(fc.property(links, told => {
      for (const path of shortestPaths(graphOf(told), 0, 'rtt').values()) {
        const nodes = [0, ...nodesOf(path)]
        const steps = nodes.slice(1).map((to, at) =>
          told.find(link => link[0] === nodes[at] && link[1] === to)![2])
        expect(steps).to.have.length(path.hops)
        expect(steps.reduce((sum, ms) => sum + ms, 0)).to.equal(path.rttMs)
        expect(new Set(nodes).size).to.equal(nodes.length)
      }
    }))
  })

  it('takes a slower way where the fastest has too many links', () => {
    const told: Links = [[0, 1, 1], [1, 2, 1], [2, 3, 1], [0, 3, 10]]
    expect(nodesTo(3, shortestPaths(graphOf(told), 0, 'rtt'))).to.deep.equal([1, 2, 3])
    expect(nodesTo(3, shortestPaths(graphOf(told), 0, 'rtt', { maxHops: 2 }))).to.deep.equal([3])
    expect(nodesTo(3, shortestPaths(graphOf(told), 0, 'hops'))).to.deep.equal([3])
  })
})

function nodesTo (node: number, paths: Map<number, Path<number>>): number[] {
  return nodesOf(paths.get(node)!)
}

function graphOf (told: Links): Graph<number> {
  return {
    linksOf: node => told.filter(([from]) => from === node)
      .map(([, to, rttMs]) => [to, rttMs] as const)
  }
}

/** The plain reference, all pairs. */
function floydWarshall (told: Links): number[][] {
  const all = Array.from({ length: NODES }, (_, a) =>
    Array.from({ length: NODES }, (_, b) => a === b ? 0 : Infinity))
  for (const [a, b, ms] of told) all[a]![b] = Math.min(all[a]![b]!, ms)
  for (let via = 0; via < NODES; via++) {
    for (let a = 0; a < NODES; a++) {
      for (let b = 0; b < NODES; b++) {
        all[a]![b] = Math.min(all[a]![b]!, all[a]![via]! + all[via]![b]!)
      }
    }
  }
  return all
}

function breadthFirst (told: Links): Map<number, number> {
  const hops = new Map([[0, 0]])
  const queue = [0]
  for (const at of queue) {
    for (const [from, to] of told) {
      if (from !== at || hops.has(to)) continue
      hops.set(to, hops.get(at)! + 1)
      queue.push(to)
    }
  }
  return hops
}

/** RTT and links of the best walk, from a table of all walks by their number of links. */
function bestWalk (
  told: Links, to: number, maxHops: number, by: Metric
): [number, number] | undefined {
  let walks = Array.from({ length: NODES }, (_, node) => node === 0 ? 0 : Infinity)
  let best: [number, number] | undefined
  for (let hops = 0; hops <= maxHops; hops++) {
    const rttMs = walks[to]!
    if (rttMs < (best?.[0] ?? Infinity) && (by === 'rtt' || best == null)) best = [rttMs, hops]
    walks = walks.map((_, node) => Math.min(
      ...told.filter(link => link[1] === node).map(([from, , ms]) => walks[from]! + ms)))
  }
  return best
}
