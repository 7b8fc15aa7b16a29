import { expect } from 'chai'
import { bitrate, bytes, duration, percent } from '../../../web/dashboard/words.ts'

describe('web/dashboard/words', () => {
  it('names sizes in the unit that fits', () => {
    expect([0, 999, 1_500, 123_456_789, 2e15].map(bytes))
      .to.deep.equal(['0 B', '999 B', '1.5 kB', '123 MB', '2.0 PB'])
  })

  it('rounds no share to all or none of it', () => {
    expect([undefined, 0, 0.0001, 0.5, 0.9999, 1].map(percent))
      .to.deep.equal(['–', '0 %', 'under 0.1 %', '50.0 %', 'over 99.9 %', '100 %'])
  })

  it('names rates and times', () => {
    expect([undefined, 0, 128_000, 2_500_000].map(bitrate))
      .to.deep.equal(['–', '0 kbit/s', '128 kbit/s', '2.5 Mbit/s'])
    expect([undefined, 87.4, 2_300, 600_000].map(duration))
      .to.deep.equal(['–', '87 ms', '2.3 s', '10 min'])
  })
})
