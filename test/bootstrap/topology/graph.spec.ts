import { expect } from 'chai'
import { graphOf } from '../../../bootstrap/topology/graph.ts'
import { multiaddr } from '@multiformats/multiaddr'
import { tracked } from './tracked-nodes.ts'

const ROOM = { maxNodes: 100, maxLinks: 100 }

describe('bootstrap/topology/graph', () => {
  it('shows what a node is, and no address of it', () => {
    const addresses = [multiaddr('/ip4/203.0.113.7/tcp/1')]
    const edge = tracked(
      'e', {}, { role: 'edge', http: 'http://e:1', load: 0.513, region: 'us', addresses })
    const graph = graphOf([{ ...tracked('p', {}, { addresses }), titles: 3 }, edge], ROOM)
    expect(graph.nodes).to.deep.equal([
      { id: 'e', role: 'edge', region: 'us', titles: 0, http: 'http://e:1', load: 0.5 },
      { id: 'p', role: 'peer', region: 'eu', titles: 3 }
    ])
  })

  it('joins what both ends measured, at the larger RTT', () => {
    const { links } = graphOf([tracked('b', { a: 12.34 }), tracked('a', { b: 10 })], ROOM)
    expect(links).to.deep.equal([{ a: 'a', b: 'b', aMs: 10, bMs: 12.3, rttMs: 12.3 }])
  })

  it('says which end alone has measured', () => {
    const { links } = graphOf([tracked('a'), tracked('b', { a: 5 }), tracked('c', { b: 7 })], ROOM)
    expect(links).to.deep.equal([
      { a: 'a', b: 'b', bMs: 5, rttMs: 5 }, { a: 'b', b: 'c', bMs: 7, rttMs: 7 }
    ])
  })

  it('leaves out links to nobody, and of a node to itself', () => {
    expect(graphOf([tracked('a', { a: 1, gone: 2 })], ROOM).links).to.deep.equal([])
  })

  it('holds an RTT until it moves by a tenth, and by a millisecond', () => {
    const at = (aMs: number, bMs: number) => [tracked('a', { b: aMs }), tracked('b', { a: bMs })]
    const first = graphOf(at(100, 2), ROOM)
    const [steady] = graphOf(at(109, 2.9), ROOM, first).links
    expect([steady!.aMs, steady!.bMs]).to.deep.equal([100, 2])
    const [moved] = graphOf(at(111, 3.2), ROOM, first).links
    expect([moved!.aMs, moved!.bMs]).to.deep.equal([111, 3.2])
  })

  it('is bounded: links of both ends first, then the short, and says that it is not whole', () => {
    const nodes = [
      tracked('a', { b: 90, c: 1, d: 2 }), tracked('b', { a: 80 }), tracked('c'), tracked('d')
    ]
    const graph = graphOf(nodes, { maxNodes: 4, maxLinks: 2 })
    expect(graph.links.map(({ a, b }) => a + b)).to.deep.equal(['ab', 'ac'])
    expect(graph.isWhole).to.equal(false)
    const fewer = graphOf(nodes, { maxNodes: 3, maxLinks: 9 })
    expect([fewer.nodes.length, fewer.links.length, fewer.isWhole]).to.deep.equal([3, 2, false])
    expect(graphOf(nodes, ROOM).isWhole).to.equal(true)
  })
})
