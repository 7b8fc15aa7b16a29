import { expect } from 'chai'
import { Topology } from '../../../bootstrap/topology/topology.ts'
import { contentNamed } from '../../protocols/tracker/nodes.ts'
import { tracked } from './tracked-nodes.ts'

const content = contentNamed('a')

describe('bootstrap/topology/topology', () => {
  const rig = () => {
    const state = { nowMs: 0, tookMs: 0, asked: 0, nodes: [tracked('a', { b: 5 }), tracked('b')] }
    const topology = new Topology({
      tracker: {
        nodes: async limit => {
          state.asked++
          state.nowMs += state.tookMs
          return state.nodes.slice(0, limit)
        },
        holders: async () => new Set(['b'])
      },
      clock: () => state.nowMs
    })
    return { state, topology }
  }

  it('makes one graph for all who ask within half a second', async () => {
    const { state, topology } = rig()
    const [one, other] = await Promise.all([topology.graph(), topology.graph()])
    state.nowMs += 400
    expect(await topology.graph()).to.equal(one).and.to.equal(other)
    expect(state.asked).to.equal(1)
    state.nowMs += 200
    await topology.graph()
    expect(state.asked).to.equal(2)
  })

  it('stays the same object while nothing changes, and is another when something has', async () => {
    const { state, topology } = rig()
    const first = await topology.graph()
    state.nowMs += 1_000
    expect(await topology.graph()).to.equal(first)
    state.nodes.push(tracked('c'))
    state.nowMs += 1_000
    expect((await topology.graph()).nodes).to.have.length(3)
  })

  it('asks a slow store less often', async () => {
    const { state, topology } = rig()
    state.tookMs = 200
    await topology.graph()
    state.nowMs += 3_000
    await topology.graph()
    expect(state.asked).to.equal(1)
    state.nowMs += 1_100
    await topology.graph()
    expect(state.asked).to.equal(2)
  })

  it('tries again after a failure', async () => {
    const { state, topology } = rig()
    const nodes = state.nodes
    const away = () => { throw new Error('away') }
    Object.defineProperty(state, 'nodes', { get: away, configurable: true })
    expect(await topology.graph().catch((err: Error) => err.message)).to.equal('away')
    Object.defineProperty(state, 'nodes', { value: nodes })
    expect((await topology.graph()).nodes).to.have.length(2)
  })

  it('marks the holders of a title, with the same object while they are the same', async () => {
    const { state, topology } = rig()
    const marked = await topology.graphWith(content)
    expect(marked.nodes.map(({ id, holds }) => [id, holds]))
      .to.deep.equal([['a', undefined], ['b', true]])
    state.nowMs += 1_000
    expect(await topology.graphWith(content)).to.equal(marked)
  })

  it('finds ways', async () => {
    const { topology } = rig()
    expect(await topology.path('a', 'b')).to.include({ hops: 1, rttMs: 5 })
  })
})
