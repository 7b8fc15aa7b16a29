import { expect } from 'chai'
import { PeerRegistry } from '../../bootstrap/peer-registry.ts'
import { storedNode, storedTitle, trackerStoreContract } from '../contracts/tracker-store.ts'
import { NOW, refusal } from '../protocols/tracker/nodes.ts'

trackerStoreContract('bootstrap/peer-registry', async limits =>
  new PeerRegistry({ random: () => 0 }, limits))

describe('bootstrap/peer-registry', () => {
  it('bounds its bytes, and gives back what it took', async () => {
    const registry = new PeerRegistry({}, { maxBytes: 20_000 })
    const nodes = await Promise.all(Array.from({ length: 12 }, (_, i) => storedNode(i + 1)))
    let refused = 0
    for (const [i, node] of nodes.entries()) {
      const told = await refusal(registry.register(node, 1, [storedTitle(`t${i}`)], NOW))
      refused += told === 'TrackerFullError' ? 1 : 0
    }
    const { nodes: taken, bytes } = await registry.size()
    expect(bytes).to.be.within(10_000, 20_000)
    expect(taken + refused).to.equal(12)
    expect(await registry.register(nodes[0]!, 2, [], NOW)).to.deep.equal({ known: true })
    await registry.expire(NOW + 1)
    expect((await registry.size()).bytes).to.equal(0)
  })

  it('keeps reports while there is room, and takes nodes without when there is none', async () => {
    const registry = new PeerRegistry({}, { maxBytes: 20_000 })
    const nodes = await Promise.all(Array.from({ length: 5 }, (_, i) => storedNode(i + 1)))
    for (const node of nodes) await registry.register(node, 1, [], NOW)
    const before = (await registry.size()).bytes
    for (const node of nodes) {
      const told = { ...node, report: new Uint8Array(1_000) }
      expect(await registry.register(told, 2, [], NOW)).to.deep.equal({ known: true })
    }
    const kept = (await registry.nodes(NOW, 9)).filter(({ report }) => report != null).length
    expect(kept).to.be.within(1, 4)
    expect((await registry.size()).bytes).to.equal(before + kept * 1_000)
    await registry.expire(NOW + 1)
    expect((await registry.size()).bytes).to.equal(0)
  })
})
