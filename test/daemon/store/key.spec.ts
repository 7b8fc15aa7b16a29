import { expect } from 'chai'
import fc from 'fast-check'
import { cidOfKey, keyBytes, keyFromBytes, keyOf } from '../../../daemon/store/key.ts'
import { cidOf, DAG_CBOR_CODE, DAG_PB_CODE, RAW_CODE } from '../../../protocols/cid.ts'
import { sha256 } from '../../../protocols/sha256.ts'

describe('daemon/store/key', () => {
  it('leads back to the CID, also by way of the index', async () => {
    const code = fc.constantFrom(RAW_CODE, DAG_CBOR_CODE, DAG_PB_CODE)
    await fc.assert(fc.asyncProperty(fc.uint8Array(), code, async (bytes, code) => {
      const cid = await cidOf(bytes, sha256, code)
      const key = keyOf(cid)
      expect(key).to.have.length(33)
      expect(cidOfKey(keyFromBytes(keyBytes(key))).toString()).to.equal(cid.toString())
    }), { numRuns: 30 })
  })
})
