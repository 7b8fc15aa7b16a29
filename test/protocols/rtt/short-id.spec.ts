import { createHash } from 'node:crypto'
import { expect } from 'chai'
import { shortIdOf } from '../../../protocols/rtt/index.ts'
import { shortIdBytes, shortIdFrom } from '../../../protocols/rtt/short-id.ts'
import { testNode } from '../tracker/nodes.ts'

describe('protocols/rtt/short-id', () => {
  it("is the first eight bytes of sha2-256 over the peer ID's multihash", async () => {
    const { peer } = await testNode(1)
    const digest = createHash('sha256').update(peer.toMultihash().bytes).digest('hex')
    expect(shortIdOf(peer)).to.equal(digest.slice(0, 16))
    expect(shortIdOf(peer)).to.equal(shortIdOf(peer.toString()))
  })

  it('goes into bytes and back', () => {
    const id = '00a1b2c3d4e5f60f'
    expect(shortIdFrom(shortIdBytes(id))).to.equal(id)
  })

  it('refuses what is no peer ID', () => {
    expect(() => shortIdOf('nobody')).to.throw()
  })
})
