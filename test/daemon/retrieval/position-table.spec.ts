import { expect } from 'chai'
import fc from 'fast-check'
import { PositionTable } from '../../../daemon/retrieval/position-table.ts'
import { CID } from 'multiformats/cid'
import { create } from 'multiformats/hashes/digest'

const cidOfNumber = (n: number, salt: number) => {
  const digest = new Uint8Array(32)
  new DataView(digest.buffer).setUint32(0, salt)
  new DataView(digest.buffer).setUint32(4, n)
  return CID.createV1(0x55, create(0x12, digest))
}

describe('daemon/retrieval/position-table', () => {
  it('gives back every position of every block, however they collide', () => {
    const entry = fc.tuple(fc.nat(50), fc.nat(3), fc.nat(40))
    fc.assert(fc.property(fc.array(entry, { maxLength: 300 }), entries => {
      const table = new PositionTable()
      const model = new Map<string, Set<number>>()
      for (const [n, salt, position] of entries) {
        const cid = cidOfNumber(n, salt)
        table.add(cid, position)
        model.set(cid.toString(), (model.get(cid.toString()) ?? new Set()).add(position))
      }
      for (const [n, salt] of entries) {
        const cid = cidOfNumber(n, salt)
        expect(new Set(table.get(cid))).to.deep.equal(model.get(cid.toString()))
      }
      expect(table.size).to.equal([...model.values()].reduce((sum, { size }) => sum + size, 0))
    }))
  })

  it('knows nothing of a block it was not told of', () => {
    const table = new PositionTable()
    table.add(cidOfNumber(1, 1), 0)
    expect(table.get(cidOfNumber(2, 1))).to.deep.equal([])
  })
})
