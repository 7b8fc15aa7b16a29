import { expect } from 'chai'
import fc from 'fast-check'
import { filterRecords, parseFilters, type PeerRecord } from '../../bootstrap/filter-records.ts'

const record = (ID: string, Addrs: string[], Protocols: string[]): PeerRecord =>
  ({ Schema: 'peer', ID, Addrs, Protocols })
const TCP4 = '/ip4/1.2.3.4/tcp/1'
const TCP6 = '/ip6/::1/tcp/1'
const RTC = '/ip4/1.2.3.4/udp/1/webrtc-direct'
const records = [
  record('both', [TCP4, RTC], ['bitswap', 'http']), record('six', [TCP6], ['http']),
  record('silent', [], [])
]
const filtered = (query: Record<string, string>): Array<[string, string[]]> =>
  filterRecords(records, parseFilters(query)).map(({ ID, Addrs }) => [ID, Addrs])

describe('bootstrap/filter-records', () => {
  it('leaves everything as it is without a filter', () => {
    expect(filterRecords(records, parseFilters({}))).to.deep.equal(records)
  })

  it('keeps the addresses of the networks asked for, and leaves out who has none', () => {
    expect(filtered({ 'filter-addrs': 'webrtc-direct' })).to.deep.equal([['both', [RTC]]])
    expect(filtered({ 'filter-addrs': 'TCP' })).to.deep.equal([['both', [TCP4]], ['six', [TCP6]]])
    expect(filtered({ 'filter-addrs': '!ip6' })).to.deep.equal([['both', [TCP4, RTC]]])
    expect(filtered({ 'filter-addrs': 'tcp,!ip6' })).to.deep.equal([['both', [TCP4]]])
    expect(filtered({ 'filter-addrs': 'unknown,webrtc-direct' }))
      .to.deep.equal([['both', [RTC]], ['silent', []]])
  })

  it('keeps those who speak a protocol asked for, unchanged', () => {
    expect(filtered({ 'filter-protocols': 'Bitswap' })).to.deep.equal([['both', [TCP4, RTC]]])
    expect(filtered({ 'filter-protocols': 'bitswap,unknown' }))
      .to.deep.equal([['both', [TCP4, RTC]], ['silent', []]])
    expect(filtered({ 'filter-protocols': 'none' })).to.deep.equal([])
  })

  it('refuses by name a filter that is too long, or given twice', () => {
    for (const given of [['a', 'b'], 'x'.repeat(64), Array(33).fill('a').join(), 7]) {
      expect(() => parseFilters({ 'filter-addrs': given })).to.throw().with.property(
        'name', 'InvalidArgumentError')
    }
  })

  it('takes any text for a filter, and gives back a part of what there was', () => {
    fc.assert(fc.property(fc.string({ maxLength: 60 }), fc.string({ maxLength: 60 }), (a, b) => {
      const passed = filtered({ 'filter-addrs': a, 'filter-protocols': b })
      expect(passed.length).to.be.at.most(records.length)
    }))
  })
})
