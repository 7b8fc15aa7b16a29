import { expect } from 'chai'
import fc from 'fast-check'
import { MAX_ENVELOPE_BYTES, MAX_RECORD_BYTES } from '../../../protocols/limits.ts'
import { encodeFields } from '../../../protocols/tracker/fields.ts'
import type { AnnouncedTitle } from '../../../protocols/tracker/index.ts'
import { splitTitles } from '../../../protocols/tracker/split-titles.ts'
import { blockNamed, contentNamed } from './nodes.ts'

const segment = blockNamed('s')
const titlesOf = (counts: number[]): AnnouncedTitle[] => counts.map((count, i) => ({
  content: contentNamed(`t${i}`),
  renditions: Array.from(
    { length: count % 32 }, (_, n) => ({ rendition: `r${n}`.padEnd(64, 'x'), held: 1, blocks: 2 })
  ),
  ...(count === 0 ? {} : { segments: Array.from({ length: count }, () => segment) })
}))

describe('protocols/tracker/split-titles', () => {
  it('fits every batch in an envelope and loses nothing', () => {
    fc.assert(fc.property(fc.array(fc.nat(3_000), { maxLength: 8 }), counts => {
      const titles = titlesOf(counts)
      const batches = splitTitles(titles)
      for (const batch of batches) {
        expect(batch).to.have.length.greaterThan(0)
        expect(encodeFields({ titles: batch }).byteLength).to.be.at.most(
          MAX_ENVELOPE_BYTES - MAX_RECORD_BYTES - 512
        )
      }
      for (const [i, { content }] of titles.entries()) {
        const pieces = batches.flat().filter(piece => piece.content.equals(content))
        expect(
          pieces.reduce((sum, { segments = [] }) => sum + segments.length, 0)
        ).to.equal(counts[i])
      }
    }), { numRuns: 8 })
  })

  it('puts at most 256 titles in one announce', () => {
    expect(
      splitTitles(titlesOf(Array(300).fill(0))).map(batch => batch.length)
    ).to.deep.equal([256, 44])
  })
})
