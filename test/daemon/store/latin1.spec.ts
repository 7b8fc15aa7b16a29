import { expect } from 'chai'
import fc from 'fast-check'
import { bytesOf, latin1 } from '../../../daemon/store/latin1.ts'

describe('daemon/store/latin1', () => {
  it('says what Node says, and leads back', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), bytes => {
      expect(latin1(bytes)).to.equal(Buffer.from(bytes).toString('latin1'))
      expect(bytesOf(latin1(bytes))).to.deep.equal(bytes)
    }))
  })

  it('takes more bytes than a call takes arguments', () => {
    const bytes = Uint8Array.from({ length: 300_000 }, (_, i) => i)
    expect(bytesOf(latin1(bytes))).to.deep.equal(bytes)
  })
})
