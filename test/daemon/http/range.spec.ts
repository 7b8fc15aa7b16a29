import { expect } from 'chai'
import fc from 'fast-check'
import { parseRange, sliceChunks } from '../../../daemon/http/range.ts'
import { RangeNotSatisfiableError } from '../../../protocols/errors.ts'

describe('daemon/http/range', () => {
  it('reads first-last, first- and -suffix', () => {
    expect(parseRange('bytes=0-0', 10)).to.deep.equal({ first: 0, last: 0 })
    expect(parseRange('bytes=3-', 10)).to.deep.equal({ first: 3, last: 9 })
    expect(parseRange('bytes=-4', 10)).to.deep.equal({ first: 6, last: 9 })
    expect(parseRange('bytes=-99', 10)).to.deep.equal({ first: 0, last: 9 })
    expect(parseRange('bytes=8-99', 10)).to.deep.equal({ first: 8, last: 9 })
  })

  it('refuses a range past the end, with the size', () => {
    for (const header of ['bytes=10-', 'bytes=10-12', 'bytes=-0']) {
      expect(() => parseRange(header, 10), header)
        .to.throw(RangeNotSatisfiableError).with.property('size', 10)
    }
  })

  it('sends the whole for several ranges, other units and what is not of the form', () => {
    for (const header of [
      undefined, '', 'bytes=', 'bytes=-', 'bytes=0-1,3-4', 'lines=0-1', 'bytes=5-2', 'bytes=a-b',
      'bytes=0--1', '0-1'
    ]) {
      expect(parseRange(header, 10), header).to.equal(undefined)
    }
  })

  it('cuts the same bytes out of chunks as slice does out of the whole', () => {
    const chunks = fc.array(fc.uint8Array({ maxLength: 9 }), { minLength: 1, maxLength: 6 })
    fc.assert(fc.property(chunks, fc.nat(60), fc.nat(60), (parts, first, length) => {
      const whole = Uint8Array.from(parts.flatMap(part => [...part]))
      fc.pre(first < whole.byteLength)
      const range = parseRange(`bytes=${first}-${first + length}`, whole.byteLength)
      expect(range).not.to.equal(undefined)
      const cut = sliceChunks(parts, range!).flatMap(part => [...part])
      expect(cut).to.deep.equal([...whole.slice(first, first + length + 1)])
    }))
  })

  it('gives a range inside the file, none, or RangeNotSatisfiableError, for any header', () => {
    const header = fc.oneof(fc.string(), fc.stringMatching(/^bytes=[-0-9, ]{0,20}$/))
    fc.assert(fc.property(header, fc.integer({ min: 1, max: 1e9 }), (text, size) => {
      try {
        const range = parseRange(text, size)
        if (range === undefined) return
        expect(range.first).to.be.within(0, range.last)
        expect(range.last).to.be.below(size)
      } catch (err) {
        expect(err).to.be.instanceOf(RangeNotSatisfiableError)
      }
    }))
  })
})
