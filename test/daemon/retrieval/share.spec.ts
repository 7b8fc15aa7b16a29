import { expect } from 'chai'
import fc from 'fast-check'
import { CID } from 'multiformats/cid'
import { create } from 'multiformats/hashes/digest'
import { type Member, memberOf, precedence } from '../../../daemon/retrieval/share.ts'
import { RAW_CODE, SHA2_256_CODE } from '../../../protocols/cid.ts'

const block = (digest: Uint8Array) => CID.createV1(RAW_CODE, create(SHA2_256_CODE, digest))
const blocks = fc.array(fc.uint8Array({ minLength: 32, maxLength: 32 }).map(block),
  { minLength: 1, maxLength: 50 })
const crowds = fc.uniqueArray(fc.string({ minLength: 1 }), { minLength: 1, maxLength: 24 })
  .map(ids => ids.map(id => memberOf(id)))

/** How many come before each. */
const turnsOf = (members: Member[], cid: CID): Map<string, number> =>
  new Map(members.map(self => {
    const isBefore = precedence(self, cid)
    return [self.id, members.filter(other => other !== self && isBefore(other)).length]
  }))

describe('daemon/retrieval/share', () => {
  it('gives each member a turn of its own, the same in whatever order members are known', () => {
    fc.assert(fc.property(crowds, blocks, fc.nat(), (members, cids, by) => {
      const turned = members.map((_, i) => members[(i + by) % members.length]!)
      for (const cid of cids) {
        const turns = turnsOf(members, cid)
        expect([...turns.values()].sort((a, b) => a - b)).to.deep.equal([...members.keys()])
        expect(turnsOf(turned, cid)).to.deep.equal(turns)
      }
    }), { numRuns: 50 })
  })

  it('moves up only those behind a member that leaves', () => {
    fc.assert(fc.property(crowds, blocks, fc.nat(), (members, cids, pick) => {
      const gone = members[pick % members.length]!
      const left = members.filter(member => member !== gone)
      for (const cid of cids) {
        const before = turnsOf(members, cid)
        for (const [id, turn] of turnsOf(left, cid)) {
          expect(turn).to.equal(before.get(id)! - Number(before.get(id)! > before.get(gone.id)!))
        }
      }
    }), { numRuns: 50 })
  })

  it('has nobody come before itself', () => {
    const member = memberOf('a')
    expect(precedence(member, block(new Uint8Array(32)))(member)).to.equal(false)
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
        const [owner] = [...turnsOf(members, block(digest))].find(([, turn]) => turn === 0)!
        shares.set(owner, (shares.get(owner) ?? 0) + 1)
      }
      expect(shares.size).to.equal(size)
      for (const share of shares.values()) {
        expect(share).to.be.within(300, 500)
      }
    }
  })
})
