import { expect } from 'chai'
import type { Availability, AvailabilityRow } from '../../../protocols/dashboard/index.ts'
import { partsOf, partsWords, partWords } from '../../../web/dashboard/parts.ts'

const row = (id: string, rest: Partial<AvailabilityRow> = {}): AvailabilityRow =>
  ({ id, role: 'peer', region: 'eu', held: 1, blocks: 4, ...rest })
const base64 = (...shares: number[]) => Buffer.from(shares).toString('base64').replaceAll('=', '')
const of = (...rows: AvailabilityRow[]): Availability =>
  ({ content: 'c', rendition: 'r', renditions: ['r'], parts: 2, rows, isWhole: true })

describe('web/dashboard/parts', () => {
  const availability = of(
    row('edge-1', { role: 'edge', held: 4, parts: base64(255, 255) }),
    row('peer-a', { held: 2, parts: base64(255, 0) }), row('peer-b'))

  it('counts the copies there are of each part', () => {
    const { copies, rows } = partsOf(availability)
    expect(copies).to.deep.equal([2.25, 1.25])
    expect(rows.map(({ isKnown }) => isKnown)).to.deep.equal([true, true, false])
  })

  it('says of it in words what the picture shows', () => {
    const parts = partsOf(availability)
    expect(partsWords(availability, parts)).to.equal(
      '1 server and 2 peers hold some of it. Rarest is part 2 of 2: 1.3 copies.')
    expect(partsWords(of(), partsOf(of()))).to.contain('No node')
    expect(partWords(parts, 1, 0))
      .to.equal('peer peer-a, eu: 100 % of part 1 of 2; 2.3 copies in all')
    expect(partWords(parts, 2, 1)).to.contain('25.0 % of the title; which parts it does not say')
    expect(partWords(parts, -1, 1)).to.equal('part 2 of 2: 1.3 copies')
  })

  it('takes parts of another number, or that are no base64, for unknown', () => {
    const { rows, copies } = partsOf(of(row('a', { parts: base64(255) }), row('b', { parts: '%' }),
      row('c', { blocks: 0, held: 0 })))
    expect([rows.map(({ isKnown }) => isKnown), copies])
      .to.deep.equal([[false, false, false], [0.5, 0.5]])
  })
})
