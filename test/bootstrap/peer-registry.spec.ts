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
})
