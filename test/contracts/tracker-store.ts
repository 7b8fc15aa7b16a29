/**
 * What every store of a tracker does, in memory or in Redis.
 * in: how to open an empty one. out: mocha tests of its rules.
 */

import { expect } from 'chai'
import type { TrackedNode, TrackerStore } from '../../bootstrap/store.ts'
import type { StoreLimits } from '../../bootstrap/store-limits.ts'
import type { NodeDescription } from '../../protocols/tracker/index.ts'
import { readVouchedRecord } from '../../protocols/tracker/record.ts'
import { blockNamed, contentNamed, NOW, refusal, testNode } from '../protocols/tracker/nodes.ts'

interface NamedNode extends TrackedNode { name: string }

const EDGE = { role: 'edge' as const, http: 'http://127.0.0.1:1' }

export async function storedNode (
  seed: number, overrides: Partial<NodeDescription> = {}
): Promise<NamedNode> {
  const { signer, peer } = await testNode(seed, overrides)
  const envelope = await signer.record()
  return { record: readVouchedRecord(envelope), envelope, name: `${peer}` }
}

export const storedTitle = (name: string, segments: string[] = []) => ({
  content: contentNamed(name),
  renditions: [{ rendition: 'a', held: 1, blocks: 2 }],
  segments: segments.map(blockNamed)
})

export const holdersOf = async (store: TrackerStore, title: string): Promise<string[]> =>
  (await store.providers(contentNamed(title), 0, 9)).map(({ record }) => `${record.peer}`).sort()

/** `open` gives an empty store each time. */
export function trackerStoreContract (
  name: string, open: (limits?: Partial<StoreLimits>) => Promise<TrackerStore>
): void {
  describe(`${name} as a tracker's store`, () => {
    const title = storedTitle
    let nodes: NamedNode[]
    let edges: NamedNode[]
    before(async () => {
      nodes = await Promise.all(Array.from({ length: 6 }, (_, i) => storedNode(i + 1)))
      edges = await Promise.all([50, 51].map(seed => storedNode(seed, EDGE)))
    })

    it('gives back what was announced, word for word', async () => {
      const store = await open()
      const node = nodes[0]!
      await store.register(node, 1, [title('a')], NOW)
      const [found] = await store.providers(contentNamed('a'), NOW, 9)
      expect(found!.envelope).to.deep.equal(node.envelope)
      expect(`${found!.record.peer}`).to.equal(node.name)
      expect(found!.record.addresses.map(String)).to.deep.equal(node.record.addresses.map(String))
      expect(found!.renditions).to.deep.equal(title('a').renditions)
      expect((await store.node(node.name))?.record.seq).to.equal(node.record.seq)
      expect(await store.node(nodes[1]!.name)).to.equal(undefined)
      const named = await store.named([nodes[1]!.name, node.name])
      expect([...named.keys()]).to.deep.equal([node.name])
    })

    it('adds titles announce by announce, replaces what is told again, forgets with a leave',
      async () => {
        const store = await open()
        const node = nodes[0]!
        expect(await store.register(node, 1, [title('a', ['s'])], NOW))
          .to.deep.equal({ known: false })
        const renditions = [{ rendition: 'a', held: 2, blocks: 2 }]
        const news = [title('b'), { content: contentNamed('a'), renditions }]
        expect(await store.register(node, 2, news, NOW)).to.deep.equal({ known: true })
        expect([await holdersOf(store, 'a'), await holdersOf(store, 'b')])
          .to.deep.equal([[node.name], [node.name]])
        expect((await store.providers(contentNamed('a'), NOW, 9))[0]!.renditions)
          .to.deep.equal(renditions)
        expect((await store.resolve(blockNamed('s')))?.equals(contentNamed('a'))).to.equal(true)
        expect(await store.size()).to.include({ nodes: 1, titles: 2, segments: 1 })
        expect(await store.leave(node.name, 3)).to.deep.equal({ known: true })
        expect(await store.size()).to.include({ nodes: 0, titles: 0, segments: 0 })
        expect(await store.register(node, 4, [], NOW)).to.deep.equal({ known: false })
        expect(await holdersOf(store, 'a')).to.deep.equal([])
      })

    it('hands out the newest record', async () => {
      const store = await open()
      const older = nodes[0]!
      const newer = await storedNode(1, { region: 'us' })
      await store.register(older, 1, [title('a')], NOW)
      await store.providers(contentNamed('a'), NOW, 9)
      await store.register(newer, 2, [], NOW)
      const [found] = await store.providers(contentNamed('a'), NOW, 9)
      expect(found!.record.region).to.equal('us')
    })

    it('keeps the last report of a node as long as the node', async () => {
      const store = await open()
      const node = nodes[0]!
      const told = async () => [...(await store.nodes(NOW, 9))[0]?.report ?? []]
      await store.register({ ...node, report: Uint8Array.of(1, 200, 0) }, 1, [title('a')], NOW)
      expect(await told()).to.deep.equal([1, 200, 0])
      await store.register(node, 2, [title('b')], NOW)
      expect(await told()).to.deep.equal([1, 200, 0])
      await store.register({ ...node, report: Uint8Array.of(2) }, 3, [], NOW)
      expect(await told()).to.deep.equal([2])
      expect([...(await store.providers(contentNamed('a'), NOW, 9))[0]!.report!])
        .to.deep.equal([2])
      await store.leave(node.name, 4)
      await store.register(node, 5, [], NOW)
      expect(await told()).to.deep.equal([])
    })

    it('withdraws a title and its segments at once', async () => {
      const store = await open()
      const node = nodes[0]!
      await store.register(node, 1, [title('a', ['s']), title('b')], NOW)
      expect(await store.withdraw(node.name, 2, [contentNamed('a'), contentNamed('never')]))
        .to.deep.equal({ known: true })
      expect([await holdersOf(store, 'a'), await holdersOf(store, 'b')])
        .to.deep.equal([[], [node.name]])
      expect(await store.resolve(blockNamed('s'))).to.equal(undefined)
      expect(await store.withdraw(nodes[1]!.name, 1, [])).to.deep.equal({ known: false })
    })

    it('forgets a node for an operator, whose old statements stay refused', async () => {
      const store = await open()
      const node = nodes[0]!
      await store.register(node, 5, [title('a', ['s'])], NOW)
      expect(await store.forget(node.name)).to.deep.equal({ known: true })
      expect(await store.forget(node.name)).to.deep.equal({ known: false })
      expect([(await store.size()).nodes, await holdersOf(store, 'a')]).to.deep.equal([0, []])
      expect(await refusal(store.register(node, 5, [], NOW)))
        .to.equal('RecordRefusedError sequence')
      expect(await store.register(node, 6, [], NOW)).to.deep.equal({ known: false })
    })

    it('lists the live with their number of titles, servers first, up to a limit', async () => {
      const store = await open()
      const [silent, a, b] = nodes as [NamedNode, NamedNode, NamedNode]
      const edge = edges[0]!
      await store.register(silent, 1, [], NOW)
      await store.register(a, 1, [title('x'), title('y')], NOW + 10)
      await store.register(b, 1, [], NOW + 10)
      await store.register(edge, 1, [title('x')], NOW + 10)
      const list = async (limit: number) => (await store.nodes(NOW + 5, limit))
        .map(({ record: { peer }, titles }): [string, number] => [`${peer}`, titles])
      const [first, ...others] = await list(9)
      expect(first).to.deep.equal([edge.name, 1])
      expect(others).to.have.deep.members([[a.name, 2], [b.name, 0]])
      expect(await list(2)).to.have.length(2)
      expect((await store.httpNodes(NOW + 5)).map(({ record }) => `${record.peer}`))
        .to.deep.equal([edge.name])
      expect(await store.httpNodes(NOW + 11)).to.deep.equal([])
    })

    it('refuses an old sequence number, also of a node that left or fell silent', async () => {
      const store = await open()
      const node = nodes[0]!
      await store.register(node, 5, [title('a')], NOW)
      for (const replay of [
        store.register(node, 5, [title('b')], NOW),
        store.withdraw(node.name, 4, [contentNamed('a')]),
        store.leave(node.name, 5)
      ]) {
        expect(await refusal(replay)).to.equal('RecordRefusedError sequence')
      }
      expect([await holdersOf(store, 'a'), await holdersOf(store, 'b')])
        .to.deep.equal([[node.name], []])
      await store.leave(node.name, 6)
      expect(await refusal(store.register(node, 6, [title('a')], NOW)))
        .to.equal('RecordRefusedError sequence')
      await store.register(node, 7, [], NOW)
      await store.expire(NOW + 1)
      expect(await refusal(store.register(node, 7, [], NOW)))
        .to.equal('RecordRefusedError sequence')
      expect(await store.register(node, 8, [], NOW)).to.deep.equal({ known: false })
    })

    it('takes each sequence number once, however many bring it at the same time', async () => {
      const store = await open()
      const told = await Promise.all(Array.from({ length: 5 }, async () =>
        await refusal(store.register(nodes[0]!, 1, [], NOW))))
      expect(told.filter(word => word === 'nothing')).to.have.length(1)
    })

    it('names nobody who is silent, before the reaper has come and after', async () => {
      const store = await open()
      const [old, young] = nodes as [NamedNode, NamedNode]
      await store.register(old, 1, [title('a'), title('b', ['s'])], NOW)
      await store.register(young, 1, [title('a')], NOW + 10)
      expect((await store.providers(contentNamed('a'), NOW + 5, 9))
        .map(({ record: { peer } }) => `${peer}`)).to.deep.equal([young.name])
      expect(await store.expire(NOW + 5)).to.equal(1)
      expect(await holdersOf(store, 'a')).to.deep.equal([young.name])
      expect(await store.size()).to.include({ nodes: 1, titles: 1, segments: 0 })
      expect(await store.expire(NOW + 5)).to.equal(0)
    })

    it('takes no more nodes than it has room for, but still hears those it knows', async () => {
      const store = await open({ maxNodes: 2 })
      const [a, b, c] = nodes as [NamedNode, NamedNode, NamedNode]
      await store.register(a, 1, [], NOW)
      await store.register(b, 1, [], NOW)
      expect(await refusal(store.register(c, 1, [], NOW))).to.equal('TrackerFullError')
      expect(await store.register(a, 2, [], NOW)).to.deep.equal({ known: true })
      await store.leave(b.name, 2)
      expect(await refusal(store.register(c, 1, [], NOW))).to.equal('nothing')
    })

    it('takes no more titles of one node than agreed, all or none', async () => {
      const store = await open({ maxTitlesPerNode: 2 })
      const node = nodes[0]!
      await store.register(node, 1, [title('a')], NOW)
      expect(await refusal(store.register(node, 2, [title('b'), title('c')], NOW)))
        .to.equal('RecordRefusedError too-many')
      expect(await holdersOf(store, 'b')).to.deep.equal([])
      await store.register(node, 2, [title('a'), title('b')], NOW)
      expect(await holdersOf(store, 'b')).to.deep.equal([node.name])
    })

    it('gives a newcomer the place of a peer in a crowded title; servers stay', async () => {
      const store = await open({ maxProvidersPerTitle: 2 })
      const [p1, p2, p3] = nodes as [NamedNode, NamedNode, NamedNode]
      const [edge, second] = edges as [NamedNode, NamedNode]
      for (const node of [edge, p1, p2]) await store.register(node, 1, [title('a')], NOW)
      expect(await holdersOf(store, 'a')).to.deep.equal([edge.name, p2.name].sort())
      for (const node of [second, p3]) await store.register(node, 1, [title('a')], NOW)
      expect(await holdersOf(store, 'a')).to.deep.equal([edge.name, second.name].sort())
      expect((await store.size()).nodes).to.equal(5)
    })

    it('bounds the segment map, and believes who told first while it is there', async () => {
      const store = await open({ maxSegments: 2 })
      const [origin, liar] = nodes as [NamedNode, NamedNode]
      await store.register(origin, 1, [title('a', ['s', 't', 'u'])], NOW)
      expect((await store.size()).segments).to.equal(2)
      await store.register(liar, 1, [title('b', ['s'])], NOW)
      expect((await store.resolve(blockNamed('s')))?.equals(contentNamed('a'))).to.equal(true)
      await store.leave(liar.name, 2)
      expect((await store.size()).segments).to.equal(2)
      await store.leave(origin.name, 2)
      expect(await store.resolve(blockNamed('s'))).to.equal(undefined)
    })

    it('looks at no more of a title’s holders than asked, servers among them', async () => {
      const store = await open()
      const many = Array.from({ length: 20 }, (_, i) => i)
      const [base] = nodes as [NamedNode]
      for (const i of many) {
        const peer = { toString: () => `p${i}` } as NamedNode['record']['peer']
        await store.register({ ...base, record: { ...base.record, peer } }, 1, [title('a')], NOW)
      }
      await store.register(edges[0]!, 1, [title('a')], NOW)
      const found = await store.providers(contentNamed('a'), NOW, 7)
      expect(found).to.have.length(8)
      expect(found.filter(({ record }) => record.role === 'edge')).to.have.length(1)
    })
  })
}
