import { expect } from 'chai'
import fc from 'fast-check'
import { InvalidMessageError } from '../../../protocols/errors.ts'
import { MAX_LINKS } from '../../../protocols/limits.ts'
import { packLinks, unpackLinks } from '../../../protocols/rtt/link-list.ts'

const shortId = fc.uint8Array({ minLength: 8, maxLength: 8 })
  .map(bytes => Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join(''))
const link = fc.record({
  peer: shortId, rttMs: fc.integer({ min: 1, max: 65_535 }).map(tenths => tenths / 10)
})
const links = fc.uniqueArray(link, { selector: ({ peer }) => peer, maxLength: MAX_LINKS })

describe('protocols/rtt/link-list', () => {
  it('says a link in ten bytes: the name, then tenths of a millisecond', () => {
    const packed = packLinks([{ peer: '00112233445566ff', rttMs: 25.6 }])
    expect([...packed]).to.deep.equal([0, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0xff, 1, 0])
  })

  it('comes out as it went in', () => {
    fc.assert(fc.property(links, told => {
      expect(unpackLinks(packLinks(told))).to.deep.equal(told)
    }))
  })

  it('rounds, and brings within bounds what it cannot say', () => {
    const said = (rttMs: number): number | undefined =>
      unpackLinks(packLinks([{ peer: '0'.repeat(16), rttMs }]))[0]?.rttMs
    expect([0, 0.04, 12.34, 60_000].map(said)).to.deep.equal([0.1, 0.1, 12.3, 6553.5])
  })

  it('tells of the first sixteen', () => {
    const many = Array.from({ length: 20 }, (_, n) =>
      ({ peer: `${n + 10}`.repeat(8), rttMs: n + 1 }))
    expect(unpackLinks(packLinks(many))).to.deep.equal(many.slice(0, MAX_LINKS))
  })

  it('refuses a list that ends in a link, is too long, or has a link of no length', () => {
    const bad = [new Uint8Array(9), new Uint8Array(170).fill(1), new Uint8Array(10)]
    for (const bytes of bad) expect(() => unpackLinks(bytes)).to.throw(InvalidMessageError)
  })

  it('refuses two links to one peer', () => {
    const one = packLinks([{ peer: 'a'.repeat(16), rttMs: 5 }])
    expect(() => unpackLinks(Uint8Array.of(...one, ...one))).to.throw(InvalidMessageError)
  })
})
