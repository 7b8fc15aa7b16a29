import { expect } from 'chai'
import { MAX_REGIONS } from '../../../web/topology/palette.ts'
import { Scene } from '../../../web/topology/scene.ts'
import { link, node, NOTHING, sceneOf } from './sample-scene.ts'

describe('web/topology/scene', () => {
  it('keeps the places of nodes while facts about them change', () => {
    const scene = sceneOf()
    Object.assign(scene.node('a')!, { x: 1, y: 2 })
    const changes = scene.apply({ ...NOTHING, nodes: [node('a', { titles: 4 })] })
    expect([changes, scene.node('a')]).to.deep.equal([0, scene.node('a')])
    expect(scene.node('a')).to.include({ x: 1, y: 2, titles: 4 })
  })

  it('forgets what a node or link no longer says', () => {
    const scene = sceneOf()
    scene.apply({
      ...NOTHING,
      nodes: [node('c', { role: 'edge' })],
      links: [{ a: 'a', b: 'b', rttMs: 7, aMs: 7 }]
    })
    expect(scene.node('c')).not.to.have.property('http')
    expect(scene.linkBetween('b', 'a')).to.include({ rttMs: 7, aMs: 7 })
    expect(scene.linkBetween('b', 'a')).not.to.have.property('bMs')
  })

  it('counts what comes and goes, links of the gone with them', () => {
    const scene = sceneOf()
    expect(scene.apply({ ...NOTHING, nodes: [node('d')], links: [link('a', 'd')] })).to.equal(2)
    expect(scene.apply({ ...NOTHING, gone: ['b'] })).to.equal(3)
    expect(scene.apply({ ...NOTHING, cut: [['a', 'd']] })).to.equal(1)
    expect([scene.nodes.length, scene.links.length]).to.deep.equal([3, 0])
    expect(scene.node('a')!.links).to.deep.equal([])
  })

  it('takes a whole graph anew with the nodes it knows', () => {
    const scene = sceneOf()
    const a = scene.node('a')
    const changes = scene.replace({ nodes: [node('a'), node('z')], links: [], isWhole: false })
    expect([changes, scene.node('a') === a, scene.isWhole]).to.deep.equal([5, true, false])
  })

  it('leaves out a link to a node it has not heard of', () => {
    const scene = sceneOf()
    scene.apply({ ...NOTHING, links: [link('a', 'unknown')] })
    expect(scene.links).to.have.length(2)
  })

  it('gives the largest regions a colour each, and the rest one together', () => {
    const scene = new Scene()
    const nodes = Array.from({ length: 30 }, (_, i) => node(`n${i}`, { region: `r${i}` }))
    scene.replace({ nodes: [...nodes, node('m', { region: 'r7' })], links: [], isWhole: true })
    expect(scene.regions).to.have.length(MAX_REGIONS + 1)
    expect(scene.regions[0]!.name).to.equal('r7')
    expect(scene.regions.at(-1)!.nodes).to.have.length(30 - MAX_REGIONS)
  })
})
