import { expect } from 'chai'
import fc from 'fast-check'
import { completeSettings, completeTitle } from '../../origin/settings.ts'
import type { IngestRequest } from '../../origin/types.ts'
import { InvalidArgumentError } from '../../protocols/errors.ts'
import { MAX_TITLE_LENGTH } from '../../protocols/limits.ts'

const path = '/music/My Song.flac'

describe('origin/settings', () => {
  it('cuts sound of 128 kbit/s into 10 s segments of 256 KiB blocks unless asked otherwise', () => {
    expect(completeSettings({ path })).to.deep.equal({
      bitrates: [128_000], segmentMs: 10_000, ladder: [], blockBytes: 256 * 1024
    })
  })

  it('keeps what was asked for', () => {
    const asked = { bitrates: [64_000], segmentMs: 2000, ladder: [360], blockBytes: 65_536 }
    expect(completeSettings({ path, ...asked })).to.deep.equal(asked)
  })

  const refused: Array<[string, Partial<IngestRequest>, RegExp]> = [
    ['no bit rate', { bitrates: [] }, /bitrates/],
    ['a bit rate twice', { bitrates: [64_000, 64_000] }, /bitrates/],
    ['a bit rate of part of a kilobit', { bitrates: [64_001] }, /bitrates/],
    ['a bit rate out of range', { bitrates: [1_000_000] }, /16k to 512k/],
    ['nine bit rates', { bitrates: [1, 2, 3, 4, 5, 6, 7, 8, 9].map(k => k * 32_000) }, /1 to 8/],
    ['a segment too short', { segmentMs: 1999 }, /2s to 10s/],
    ['a segment too long', { segmentMs: 10_001 }, /2s to 10s/],
    ['an odd height', { ladder: [361] }, /ladder/],
    ['a height out of range', { ladder: [10_000] }, /ladder/],
    ['blocks past the limit', { blockBytes: 1024 * 1024 + 1 }, /blocks/],
    ['tiny blocks', { blockBytes: 100 }, /blocks/],
    ['no number', { segmentMs: Number.NaN }, /segment/]
  ]
  for (const [what, request, text] of refused) {
    it(`refuses ${what}, and says what is allowed`, () => {
      expect(() => completeSettings({ path, ...request })).to.throw(InvalidArgumentError, text)
    })
  }

  it('names a title after its file', () => {
    expect(completeTitle({ path })).to.equal('My Song')
    expect(completeTitle({ path: '/music/.flac' })).to.equal('.flac')
  })

  it('makes a printable title of any file name', () => {
    fc.assert(fc.property(fc.string({ minLength: 1, maxLength: 700, unit: 'binary' }), name => {
      const title = completeTitle({ path: `/music/${name}` })
      expect(title.length).to.be.within(1, MAX_TITLE_LENGTH)
      expect(title).not.to.match(/[\p{Cc}\p{Cs}]/u)
    }), { numRuns: 30 })
  })

  for (const title of ['', '  ', 'a\nb', 'x'.repeat(MAX_TITLE_LENGTH + 1)]) {
    it(`refuses the title ${JSON.stringify(title.slice(0, 10))}`, () => {
      expect(() => completeTitle({ path, title })).to.throw(InvalidArgumentError, /title/)
    })
  }
})
