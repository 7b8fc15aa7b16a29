import { expect } from 'chai'
import fc from 'fast-check'
import { differenceOf, type Graph, linkKey, withDelta } from '../../../protocols/topology/index.ts'

const ID = fc.constantFrom('a', 'b', 'c', 'd', 'e')
const NODE = fc.record({
  id: ID,
  role: fc.constantFrom('peer' as const, 'edge' as const),
  region: fc.constantFrom('eu', 'us'),
  titles: fc.nat(2)
})
const LINK = fc.record({ a: ID, b: ID, rttMs: fc.nat(3) }).filter(({ a, b }) => a < b)
const GRAPH: fc.Arbitrary<Graph> = fc.record({
  nodes: fc.uniqueArray(NODE, { selector: ({ id }) => id }),
  links: fc.uniqueArray(LINK, { selector: linkKey }),
  isWhole: fc.boolean()
}).map(graph => ({ ...graph, links: between(graph) }))

/** A graph has no link to a node that it does not have. */
const between = ({ nodes, links }: Graph): Graph['links'] => {
  const ids = new Set(nodes.map(({ id }) => id))
  return links.filter(({ a, b }) => ids.has(a) && ids.has(b))
}

const sorted = ({ nodes, links, isWhole }: Graph): Graph => ({
  nodes: nodes.toSorted((x, y) => x.id < y.id ? -1 : 1),
  links: links.toSorted((x, y) => linkKey(x) < linkKey(y) ? -1 : 1),
  isWhole
})

describe('protocols/topology/delta', () => {
  it('turns any graph into any other', () => {
    fc.assert(fc.property(GRAPH, GRAPH, (before, after) => {
      const delta = differenceOf(before, after)
      const result = delta == null ? before : withDelta(before, delta)
      expect(sorted(result)).to.deep.equal(sorted(after))
    }))
  })

  it('is nothing between equal graphs', () => {
    fc.assert(fc.property(GRAPH, graph => {
      expect(differenceOf(graph, structuredClone(graph))).to.equal(undefined)
    }))
  })

  it('names only what changed, and no link of a node that is gone', () => {
    const node = (id: string) => ({ id, role: 'peer' as const, region: 'eu', titles: 0 })
    const link = (a: string, b: string, rttMs: number) => ({ a, b, rttMs })
    const before = {
      nodes: ['a', 'b', 'c', 'd'].map(node),
      links: [link('a', 'b', 1), link('a', 'c', 1), link('a', 'd', 1)],
      isWhole: true
    }
    const after = {
      nodes: ['a', 'b', 'c'].map(node), links: [link('a', 'b', 9)], isWhole: true
    }
    expect(differenceOf(before, after)).to.deep.equal(
      { nodes: [], links: [link('a', 'b', 9)], gone: ['d'], cut: [['a', 'c']], isWhole: true })
  })
})
