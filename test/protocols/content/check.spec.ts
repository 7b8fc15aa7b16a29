import { expect } from 'chai'
import fc from 'fast-check'
import { CID } from 'multiformats/cid'
import { create } from 'multiformats/hashes/digest'
import { cidOf, RAW_CODE } from '../../../protocols/cid.ts'
import { checkBlock } from '../../../protocols/content/index.ts'
import { MAX_BLOCK_BYTES } from '../../../protocols/limits.ts'
import { sha256 } from '../../../protocols/sha256.ts'
import { refusal, someBytes } from './titles.ts'

const slowSha256 = async (bytes: Uint8Array) => sha256(bytes)

describe('protocols/content/check', () => {
  it('takes the block its CID names, at once where hashing is', async () => {
    const bytes = someBytes(1000, 1)
    const cid = await cidOf(bytes, sha256)
    expect(checkBlock(cid, bytes, sha256)).to.equal(undefined)
    await checkBlock(cid, bytes, slowSha256)
  })

  it('refuses a block with any bit changed', async () => {
    const some = fc.uint8Array({ minLength: 1, maxLength: 300 })
    await fc.assert(fc.asyncProperty(some, fc.nat(), fc.nat(7), async (bytes, at, bit) => {
      const cid = await cidOf(bytes, sha256)
      bytes[at % bytes.length]! ^= 1 << bit
      for (const hash of [sha256, slowSha256]) {
        expect(await refusal(() => checkBlock(cid, bytes, hash))).to.equal('BlockMismatchError')
      }
    }), { numRuns: 50 })
  })

  it('refuses a block cut short or drawn out', async () => {
    const bytes = someBytes(100, 1)
    const cid = await cidOf(bytes, sha256)
    for (const other of [bytes.subarray(1), bytes.subarray(0, 99), someBytes(101, 1)]) {
      expect(await refusal(() => checkBlock(cid, other, sha256))).to.equal('BlockMismatchError')
    }
  })

  it('refuses more than a block may have before it hashes', async () => {
    const cid = await cidOf(new Uint8Array(1), sha256)
    const neverCalled = () => { throw new Error('hashed') }
    const check = () => checkBlock(cid, new Uint8Array(MAX_BLOCK_BYTES + 1), neverCalled)
    expect(await refusal(check)).to.equal('BlockTooLargeError')
  })

  it('refuses a CID of another hash, even one with the right digest', async () => {
    const bytes = someBytes(10, 1)
    const identity = CID.createV1(RAW_CODE, create(0x00, await sha256(bytes)))
    expect(await refusal(() => checkBlock(identity, bytes, sha256))).to.equal('InvalidCidError')
  })
})
