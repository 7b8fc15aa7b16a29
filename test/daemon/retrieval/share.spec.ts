import { expect } from 'chai'
import fc from 'fast-check'
import { CID } from 'multiformats/cid'
import { create } from 'multiformats/hashes/digest'
import { memberOf, ownerOf } from '../../../daemon/retrieval/share.ts'
import { RAW_CODE, SHA2_256_CODE } from '../../../protocols/cid.ts'

const block = (digest: Uint8Array) => CID.createV1(RAW_CODE, create(SHA2_256_CODE, digest))
const blocks = fc.array(fc.uint8Array({ minLength: 32, maxLength: 32 }).map(block),
  { minLength: 1, maxLength: 50 })
const crowds = fc.uniqueArray(fc.string({ minLength: 1 }), { minLength: 1, maxLength: 24 })
  .map(ids => ids.map(memberOf))

describe('daemon/retrieval/share', () => {
  it('gives each block one owner, the same for all who know the same members', () => {
    fc.assert(fc.property(crowds, blocks, fc.nat(), (members, cids, turn) => {
      const turned = members.map((_, i) => members[(i + turn) % members.length]!)
      for (const cid of cids) {
        const owner = ownerOf(members, cid)
        expect(members.map(({ id }) => id)).to.include(owner)
        expect(ownerOf(turned, cid)).to.equal(owner)
      }
    }), { numRuns: 50 })
  })

  it('moves only the blocks of a member that leaves', () => {
    fc.assert(fc.property(crowds, blocks, fc.nat(), (members, cids, pick) => {
      const gone = members[pick % members.length]!
      const left = members.filter(member => member !== gone)
      for (const cid of cids) {
        const before = ownerOf(members, cid)
        if (before !== gone.id) {
          expect(ownerOf(left, cid)).to.equal(before)
        }
      }
    }), { numRuns: 50 })
  })

  it('has no owner where there are no members', () => {
    expect(ownerOf([], block(new Uint8Array(32)))).to.equal(undefined)
  })

  it('shares evenly within reason, whatever the names look like', () => {
    for (const size of [2, 5, 20]) {
      const members = Array.from({ length: size }, (_, i) =>
        memberOf(`12D3KooWGRUPvVJNYaJjBnVCoZLEwHkcmhL8CzCpVWCPJT2WoZ${i}`))
      const shares = new Map<string, number>()
      const total = 400 * size
      for (let n = 0; n < total; n++) {
        const digest = new Uint8Array(32)
        new DataView(digest.buffer).setUint32(n % 2 * 4, n)
        const owner = ownerOf(members, block(digest))!
        shares.set(owner, (shares.get(owner) ?? 0) + 1)
      }
      expect(shares.size).to.equal(size)
      for (const share of shares.values()) {
        expect(share).to.be.within(300, 500)
      }
    }
  })
})
