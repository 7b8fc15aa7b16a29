import { expect } from 'chai'
import fc from 'fast-check'
import { InvalidArgumentError } from '../../protocols/errors.ts'
import {
  formatBytes, formatDuration, parseBitrate, parseBytes, parseDurationMs, parseRate, parseShare
} from '../../protocols/units.ts'

const PARSERS = { parseBytes, parseRate, parseBitrate, parseDurationMs, parseShare }

describe('protocols/units', () => {
  it('reads sizes with decimal and binary prefixes in either case', () => {
    expect(parseBytes('10GB')).to.equal(10e9)
    expect(parseBytes('10gb')).to.equal(10e9)
    expect(parseBytes('64 MiB')).to.equal(64 * 1024 ** 2)
    expect(parseBytes('1.5kB')).to.equal(1500)
    expect(parseBytes('512B')).to.equal(512)
    expect(parseBytes('2TiB')).to.equal(2 * 1024 ** 4)
    expect(parseBytes('0')).to.equal(0)
  })

  it('reads rates in bytes and in bits', () => {
    expect(parseRate('100MB/s')).to.equal(100e6)
    expect(parseRate('8Mbit/s')).to.equal(1e6)
    expect(parseRate('8Mbps')).to.equal(1e6)
    expect(parseRate('64KiB/s')).to.equal(65536)
    expect(parseRate('unlimited')).to.equal(0)
    expect(parseRate('0')).to.equal(0)
  })

  it('refuses Mb/s, which may mean bits or bytes', () => {
    expect(() => parseRate('8Mb/s'))
      .to.throw(InvalidArgumentError, '"8Mb/s" is not a rate: write bytes as 100MB/s')
  })

  it('reads bit rates as ffmpeg writes them', () => {
    expect(parseBitrate('128k')).to.equal(128_000)
    expect(parseBitrate('2.5M')).to.equal(2_500_000)
    expect(parseBitrate('64kbit/s')).to.equal(64_000)
    expect(() => parseBitrate('0k')).to.throw(InvalidArgumentError)
  })

  it('reads time spans', () => {
    expect(parseDurationMs('250ms')).to.equal(250)
    expect(parseDurationMs('30s')).to.equal(30_000)
    expect(parseDurationMs('1.5m')).to.equal(90_000)
    expect(parseDurationMs('2h')).to.equal(7_200_000)
    expect(parseDurationMs('7d')).to.equal(604_800_000)
  })

  it('reads shares as percent or as a fraction', () => {
    expect(parseShare('5%')).to.equal(0.05)
    expect(parseShare('0.05')).to.equal(0.05)
    expect(parseShare('0')).to.equal(0)
    expect(parseShare('100%')).to.equal(1)
    for (const text of ['101%', '1.1', '5', '', '-0.1']) {
      expect(() => parseShare(text)).to.throw(InvalidArgumentError)
    }
  })

  it('names the text and what is allowed when a unit is missing or wrong', () => {
    expect(() => parseBytes('10'))
      .to.throw(InvalidArgumentError, '"10" is not a size: write a number with B, kB, MB')
    expect(() => parseBytes('10 gigs')).to.throw(InvalidArgumentError, '"10 gigs" is not a size')
    expect(() => parseDurationMs('30')).to.throw(InvalidArgumentError, '"30" is not a time span')
    expect(() => parseDurationMs('30GB')).to.throw(InvalidArgumentError, 'such as 30s or 10m')
    expect(() => parseBitrate('128'))
      .to.throw(InvalidArgumentError, '"128" is not a bit rate: write 64k')
    expect(() => parseBytes('-1GB')).to.throw(InvalidArgumentError)
  })

  it('refuses numbers too large to count with', () => {
    expect(() => parseBytes(`${'9'.repeat(30)}TB`)).to.throw(InvalidArgumentError)
  })

  it('gives a number not below zero, or InvalidArgumentError, for any text', () => {
    const parsers = fc.constantFrom(...Object.values(PARSERS))
    fc.assert(fc.property(parsers, fc.string(), (parse, text) => {
      try {
        expect(parse(text)).to.be.at.least(0)
      } catch (err) {
        expect(err).to.be.instanceOf(InvalidArgumentError)
      }
    }))
  })

  it('writes sizes and time spans for people', () => {
    expect([0, 999, 1000, 999_999, 1_234_567, 5e15].map(formatBytes))
      .to.deep.equal(['0 B', '999 B', '1 kB', '1 MB', '1.23 MB', '5000 TB'])
    expect([250, 2500, 59_999, 185_000, 3_723_000].map(formatDuration))
      .to.deep.equal(['250 ms', '2.5 s', '59.9 s', '3:05', '1:02:03'])
  })
})
