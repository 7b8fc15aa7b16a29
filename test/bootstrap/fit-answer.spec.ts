import { expect } from 'chai'
import fc from 'fast-check'
import { fitAnswer } from '../../bootstrap/fit-answer.ts'
import { encodeAnswer } from '../../protocols/tracker/message.ts'

const provider = fc.record({
  envelope: fc.nat(16_384).map(length => new Uint8Array(length)),
  renditions: fc.array(fc.record({
    rendition: fc.string({ minLength: 1, maxLength: 64, unit: 'grapheme' }),
    held: fc.maxSafeNat(),
    blocks: fc.maxSafeNat()
  }), { maxLength: 32 }),
  rttMs: fc.double({ min: 0.1, max: 1000, noNaN: true }),
  interested: fc.boolean()
})

describe('bootstrap/fit-answer', () => {
  it('keeps any answer within one message, the last provider in it, and in order', () => {
    fc.assert(fc.property(fc.array(provider, { minLength: 1, maxLength: 64 }), providers => {
      const fit = fitAnswer(providers)
      expect(encodeAnswer({ type: 'providers', providers: fit }).byteLength)
        .to.be.at.most(256 * 1024)
      expect(fit.at(-1)).to.equal(providers.at(-1))
      expect(fit).to.deep.equal(providers.filter(one => fit.includes(one)))
    }), { numRuns: 20 })
  })

  it('leaves nobody out while there is room', () => {
    const some = Array.from({ length: 64 }, () => ({ envelope: new Uint8Array(3_000) }))
    expect(fitAnswer(some)).to.deep.equal(some)
  })
})
