import { expect } from 'chai'
import fc from 'fast-check'
import { decodePlace, encodePlace, PLACE_BYTES } from '../../../protocols/rtt/index.ts'

describe('protocols/rtt/place', () => {
  it('keeps a coordinate to a tenth of a millisecond and a thousandth of error', () => {
    const place = { x: 12.5, y: -345.6, heightMs: 0.7, error: 0.123 }
    expect(decodePlace(encodePlace(place))).to.deep.equal(place)
    expect(encodePlace(place).byteLength).to.equal(PLACE_BYTES)
    expect(Buffer.from(encodePlace(place)).toString('hex'))
      .to.equal('0000007dfffff28000000007007b')
  })

  it('reads any bytes, or says what is wrong by InvalidMessageError', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: PLACE_BYTES + 1 }), bytes => {
      try {
        const { x, error } = decodePlace(bytes)
        expect(Math.abs(x)).to.be.at.most(10_000)
        expect(error).to.be.within(0, 1)
      } catch (err) {
        expect((err as Error).name).to.equal('InvalidMessageError')
      }
    }))
  })
})
