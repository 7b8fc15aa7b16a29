import { expect } from 'chai'
import { Focus } from '../../../web/topology/focus.ts'
import { node, NOTHING, sceneOf } from './sample-scene.ts'

describe('web/topology/focus', () => {
  const ids = (nodes: Iterable<{ id: string }> | undefined) =>
    nodes && [...nodes].map(({ id }) => id)

  it('brings forward a node with those it is linked to, before a search, before holders', () => {
    const scene = sceneOf()
    const focus = new Focus(scene)
    expect(focus.lit()).to.equal(undefined)
    focus.holders = new Set(['c', 'unknown'])
    expect(ids(focus.lit())).to.deep.equal(['c'])
    focus.search = 'a'
    expect(ids(focus.lit())).to.deep.equal(['a'])
    focus.selected = scene.node('c')
    expect(ids(focus.lit())).to.deep.equal(['c', 'b'])
    focus.hovered = scene.node('a')
    expect(ids(focus.lit())).to.deep.equal(['a', 'b'])
  })

  it('shows the links of a way, and forgets it when a node on it is gone', () => {
    const scene = sceneOf()
    const focus = new Focus(scene)
    const stops = ['a', 'b', 'c'].map(id => ({ ...node(id), rttMs: 1 }))
    focus.path = { from: 'a', to: 'c', hops: 2, rttMs: 55, path: stops }
    expect(focus.litLinks().map(({ rttMs }) => rttMs)).to.deep.equal([5, 50])
    scene.apply({ ...NOTHING, gone: ['b'] })
    focus.forgetGone()
    expect(focus.path).to.equal(undefined)
  })

  it('finds by the end of an ID, by region, role and HTTP address', () => {
    const focus = new Focus(sceneOf())
    const found = (search: string) => {
      focus.search = search
      return ids(focus.matches())
    }
    expect([found('b'), found('us'), found('edge'), found('//c'), found('')])
      .to.deep.equal([['b'], ['c'], ['c'], ['c'], []])
  })

  it('hides regions and roles', () => {
    const scene = sceneOf()
    const focus = new Focus(scene)
    const shown = () => ids(scene.nodes.filter(one => focus.isShown(one)))
    focus.hidden.regions.add('eu')
    expect(shown()).to.deep.equal(['c'])
    focus.hidden.roles.add('edge')
    expect(shown()).to.deep.equal([])
  })
})
