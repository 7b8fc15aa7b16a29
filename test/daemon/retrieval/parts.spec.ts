import { expect } from 'chai'
import fc from 'fast-check'
import { joined, lengthOf, liars, type Part } from '../../../daemon/retrieval/parts.ts'

/** A block cut into parts, and which of them are altered. */
const cut = fc.record({
  sizes: fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 4 }),
  altered: fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }),
  last: fc.constantFrom('whole' as const, 'short' as const)
})

const block = (size: number): Uint8Array => Uint8Array.from({ length: size }, (_, i) => i % 251)

describe('daemon/retrieval/parts', () => {
  it('puts parts together, and leaves a whole as it is', () => {
    const parts = [[1, 2], [3], [4, 5]]
      .map(bytes => ({ source: '', bytes: Uint8Array.from(bytes) }))
    expect([...joined(parts)]).to.deep.equal([1, 2, 3, 4, 5])
    expect(lengthOf(parts)).to.equal(5)
    expect(joined(parts.slice(0, 1))).to.equal(parts[0]!.bytes)
  })

  it('tells who lied once the truth is known, and never blames another', () => {
    fc.assert(fc.property(cut, ({ sizes, altered, last }) => {
      const truth = block(sizes.reduce((sum, size) => sum + size, 0))
      let at = 0
      const parts: Array<Part<number>> = sizes.map((size, source) => {
        const bytes = truth.slice(at, at + size)
        at += size
        if (altered[source]) {
          bytes[size - 1]! ^= 1
        }
        return { source, bytes }
      })
      const end = parts.at(-1)!
      const isShort = last === 'short'
      if (isShort) {
        parts[parts.length - 1] = { ...end, bytes: end.bytes.subarray(0, -1) }
      }
      const guilty = sizes.map((_, i) => i)
        .filter(i => i === sizes.length - 1 ? altered[i] || isShort : altered[i])
      expect(liars(parts, truth)).to.deep.equal(guilty)
    }))
  })
})
