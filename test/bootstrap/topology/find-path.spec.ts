import { expect } from 'chai'
import fc from 'fast-check'
import { findPath } from '../../../bootstrap/topology/find-path.ts'
import { graphOf } from '../../../bootstrap/topology/graph.ts'
import type { CountedNode } from '../../../bootstrap/store.ts'
import { refusal } from '../../protocols/tracker/nodes.ts'
import { tracked } from './tracked-nodes.ts'

const pathIn = (nodes: CountedNode[], from: string, to: string) =>
  findPath(graphOf(nodes, { maxNodes: 100, maxLinks: 1000 }), from, to)
const idsOf = ({ path }: ReturnType<typeof pathIn>) => path.map(({ id }) => id).join('')

describe('bootstrap/topology/find-path', () => {
  it('goes by the least RTT, and says what each link takes', () => {
    const nodes = [
      tracked('a', { b: 10, c: 200 }), tracked('b', { a: 12, c: 20 }, { region: 'us' }),
      tracked('c', { a: 190, b: 18 }, { role: 'edge' })
    ]
    expect(pathIn(nodes, 'a', 'c')).to.deep.equal({
      from: 'a',
      to: 'c',
      hops: 2,
      rttMs: 32,
      path: [
        { id: 'a', role: 'peer', region: 'eu', rttMs: 0 },
        { id: 'b', role: 'peer', region: 'us', rttMs: 12 },
        { id: 'c', role: 'edge', region: 'eu', rttMs: 20 }
      ]
    })
  })

  it('lets nobody attract ways by claiming to be near to everybody', () => {
    const nodes = [
      tracked('a', { b: 50 }), tracked('b', { a: 50, c: 50 }), tracked('c', { b: 50 }),
      tracked('liar', { a: 1, b: 1, c: 1 })
    ]
    expect(idsOf(pathIn(nodes, 'a', 'c'))).to.equal('abc')
  })

  it('believes what the two ends themselves say of their links', () => {
    const nodes = [tracked('a', { e: 10 }), tracked('b', { e: 30 }), tracked('e')]
    expect(pathIn(nodes, 'a', 'b')).to.include({ hops: 2, rttMs: 40 })
    expect(pathIn(nodes, 'e', 'b')).to.include({ hops: 1, rttMs: 30 })
  })

  it('is at home without a link', () => {
    expect(pathIn([tracked('a')], 'a', 'a')).to.include({ hops: 0, rttMs: 0 })
  })

  it('names an unknown node, and one that no links lead to', async () => {
    const nodes = [tracked('a'), tracked('b')]
    const asked = async (from: string, to: string) => pathIn(nodes, from, to)
    expect(await refusal(asked('a', 'nobody'))).to.equal('PeerNotFoundError')
    expect(await refusal(asked('nobody', 'a'))).to.equal('PeerNotFoundError')
    expect(await refusal(asked('a', 'b'))).to.equal('PeerNotFoundError')
  })

  it('takes as long as the links on its way', () => {
    const ids = ['a', 'b', 'c', 'd', 'e', 'f']
    const rtts = fc.dictionary(fc.constantFrom(...ids), fc.integer({ min: 1, max: 99 }))
    fc.assert(fc.property(fc.array(rtts, { minLength: 6, maxLength: 6 }), reported => {
      const nodes = reported.map((mine, i) => tracked(ids[i]!, mine))
      const path = reachable(() => pathIn(nodes, 'a', 'f'))
      if (path == null) return
      expect(path.path.reduce((sum, { rttMs }) => sum + rttMs, 0)).to.equal(path.rttMs)
      expect(path.hops).to.equal(path.path.length - 1)
    }))
  })
})

function reachable<T> (find: () => T): T | undefined {
  try {
    return find()
  } catch {
    return undefined
  }
}
