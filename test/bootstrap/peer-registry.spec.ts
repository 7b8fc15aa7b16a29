import { expect } from 'chai'
import { PeerRegistry, type PeerRegistryLimits } from '../../bootstrap/peer-registry.ts'
import type { NodeRecord } from '../../protocols/tracker/index.ts'
import { blockNamed, contentNamed, NOW, refusal, testNode } from '../protocols/tracker/nodes.ts'

const record: NodeRecord = {
  ...(await testNode(1)).description, peer: (await testNode(1)).peer, seq: 1, issuedAtMs: NOW
}
const node = (name: string, role: NodeRecord['role'] = 'peer') => ({
  record: {
    ...record, role, peer: { toString: () => name } as NodeRecord['peer']
  }, envelope: new Uint8Array(100)
})
const title = (name: string, segments: string[] = []) => ({
  content: contentNamed(name), renditions: [
    { rendition: 'a', held: 1, blocks: 2 }
  ], segments: segments.map(blockNamed)
})
const registryOf = (
  limits: Partial<PeerRegistryLimits> = {}
) => new PeerRegistry({ random: () => 0 }, limits)
const holders = async (registry: PeerRegistry, name: string): Promise<string[]> =>
  (await registry.providers(contentNamed(name), 0)).map(provider => `${provider.record.peer}`)

describe('bootstrap/peer-registry', () => {
  it('adds titles announce by announce, and forgets all with a leave', async () => {
    const registry = registryOf()
    expect(
      await registry.register(node('n'), 1, [title('a', ['s'])], NOW)
    ).to.deep.equal({ known: false })
    expect(await registry.register(node('n'), 2, [title('b')], NOW)).to.deep.equal({ known: true })
    expect(
      [await holders(registry, 'a'), await holders(registry, 'b')]
    ).to.deep.equal([['n'], ['n']])
    expect((await registry.resolve(blockNamed('s')))?.equals(contentNamed('a'))).to.equal(true)
    await registry.leave('n', 3)
    expect(await registry.size()).to.deep.equal({ nodes: 0, titles: 0, segments: 0, bytes: 0 })
  })

  it('withdraws a title and its segments at once', async () => {
    const registry = registryOf()
    await registry.register(node('n'), 1, [title('a', ['s']), title('b')], NOW)
    await registry.withdraw('n', 2, [contentNamed('a')])
    expect(await holders(registry, 'a')).to.deep.equal([])
    expect(await holders(registry, 'b')).to.deep.equal(['n'])
    expect(await registry.resolve(blockNamed('s'))).to.equal(undefined)
  })

  it('forgets a node for an operator, whose old statements stay refused', async () => {
    const registry = registryOf()
    await registry.register(node('n'), 5, [title('a', ['s'])], NOW)
    expect(await registry.forget('n')).to.deep.equal({ known: true })
    expect(await registry.forget('n')).to.deep.equal({ known: false })
    expect((await registry.size()).nodes).to.equal(0)
    expect(await holders(registry, 'a')).to.deep.equal([])
    expect(
      await refusal(registry.register(node('n'), 5, [], NOW))
    ).to.equal('RecordRefusedError sequence')
    expect(await registry.register(node('n'), 6, [], NOW)).to.deep.equal({ known: false })
  })

  it('lists the live with their number of titles, servers first, and no more than asked', async () => {
    const registry = registryOf()
    const edge = node('edge', 'edge')
    edge.record.http = 'http://127.0.0.1:1'
    await registry.register(node('silent'), 1, [], NOW)
    await registry.register(node('a'), 1, [title('x'), title('y')], NOW + 10)
    await registry.register(node('b'), 1, [], NOW + 10)
    await registry.register(edge, 1, [title('x')], NOW + 10)
    const list = async (limit: number) => (await registry.nodes(NOW + 5, limit))
      .map(({ record: { peer }, titles }) => [`${peer}`, titles])
    expect(await list(9)).to.deep.equal([['edge', 1], ['a', 2], ['b', 0]])
    expect(await list(2)).to.deep.equal([['edge', 1], ['a', 2]])
  })

  it('refuses an old sequence number, also of a node that left or fell silent', async () => {
    const registry = registryOf()
    await registry.register(node('n'), 5, [title('a')], NOW)
    const before = await registry.size()
    for (const replay of [
      registry.register(
        node('n'), 5, [title('b')], NOW
      ), registry.withdraw('n', 4, [contentNamed('a')]), registry.leave('n', 5)
    ]) {
      expect(await refusal(replay)).to.equal('RecordRefusedError sequence')
    }
    expect(await registry.size()).to.deep.equal(before)
    await registry.leave('n', 6)
    expect(
      await refusal(registry.register(node('n'), 6, [title('a')], NOW))
    ).to.equal('RecordRefusedError sequence')
    await registry.register(node('n'), 7, [], NOW)
    await registry.expire(NOW + 1)
    expect(
      await refusal(registry.register(node('n'), 7, [], NOW))
    ).to.equal('RecordRefusedError sequence')
    expect(await registry.register(node('n'), 8, [], NOW)).to.deep.equal({ known: false })
  })

  it('names nobody who is silent, before the reaper has come and after', async () => {
    const registry = registryOf()
    await registry.register(node('old'), 1, [title('a')], NOW)
    await registry.register(node('new'), 1, [title('a')], NOW + 10)
    expect((
      await registry.providers(contentNamed('a'), NOW + 5)
    ).map(({ record: { peer } }) => `${peer}`)).to.deep.equal(['new'])
    expect(await registry.expire(NOW + 5)).to.equal(1)
    expect(await holders(registry, 'a')).to.deep.equal(['new'])
  })

  it('takes no more nodes than it has room for, but still hears those it knows', async () => {
    const registry = registryOf({ maxNodes: 2 })
    await registry.register(node('a'), 1, [], NOW)
    await registry.register(node('b'), 1, [], NOW)
    expect(await refusal(registry.register(node('c'), 1, [], NOW))).to.equal('TrackerFullError')
    expect(await registry.register(node('a'), 2, [], NOW)).to.deep.equal({ known: true })
    await registry.leave('b', 2)
    expect(await refusal(registry.register(node('c'), 1, [], NOW))).to.equal('nothing')
  })

  it('takes no more titles of one node than agreed, all or none', async () => {
    const registry = registryOf({ maxTitlesPerNode: 2 })
    await registry.register(node('n'), 1, [title('a')], NOW)
    expect(
      await refusal(registry.register(node('n'), 2, [title('b'), title('c')], NOW))
    ).to.equal('RecordRefusedError too-many')
    expect(await holders(registry, 'b')).to.deep.equal([])
    await registry.register(node('n'), 2, [title('a'), title('b')], NOW)
    expect(await holders(registry, 'b')).to.deep.equal(['n'])
  })

  it('gives a newcomer the place of a random peer in a crowded title; edges stay', async () => {
    const registry = registryOf({ maxProvidersPerTitle: 2 })
    await registry.register(node('edge', 'edge'), 1, [title('a')], NOW)
    await registry.register(node('p1'), 1, [title('a')], NOW)
    await registry.register(node('p2'), 1, [title('a')], NOW)
    expect(await holders(registry, 'a')).to.deep.equal(['edge', 'p2'])
    await registry.register(node('edge2', 'edge'), 1, [title('a')], NOW)
    await registry.register(node('p3'), 1, [title('a')], NOW)
    expect(await holders(registry, 'a')).to.deep.equal(['edge', 'edge2'])
    expect((await registry.size()).nodes).to.equal(5)
  })

  it('bounds the segment map, and believes who told first', async () => {
    const registry = registryOf({ maxSegments: 2 })
    await registry.register(node('o', 'origin'), 1, [title('a', ['s', 't', 'u'])], NOW)
    expect((await registry.size()).segments).to.equal(2)
    await registry.register(node('liar', 'origin'), 1, [title('b', ['s'])], NOW)
    expect((await registry.resolve(blockNamed('s')))?.equals(contentNamed('a'))).to.equal(true)
    await registry.leave('liar', 2)
    expect((await registry.size()).segments).to.equal(2)
  })

  it('bounds its bytes, and gives back what it took', async () => {
    const registry = registryOf({ maxBytes: 20_000 })
    let refused = 0
    for (let i = 0; i < 50; i++) {
      const told = await refusal(registry.register(node(`n${i}`), 1, [title(`t${i}`)], NOW))
      refused += told === 'TrackerFullError' ? 1 : 0
    }
    const { nodes, bytes } = await registry.size()
    expect(bytes).to.be.within(10_000, 20_000)
    expect(nodes + refused).to.equal(50)
    expect(await registry.register(node('n0'), 2, [], NOW)).to.deep.equal({ known: true })
    await registry.expire(NOW + 1)
    expect((await registry.size()).bytes).to.equal(0)
  })
})
