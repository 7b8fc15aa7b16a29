import { encode } from '@ipld/dag-cbor'
import { expect } from 'chai'
import fc from 'fast-check'
import {
  type BlockRef, decodePage, encodePage, paginate, type SegmentEntry, segmentRoot
} from '../../../protocols/content/index.ts'
import { InvalidPageError } from '../../../protocols/errors.ts'
import {
  FIRST_PAGE_SEGMENTS, MAX_BLOCK_BYTES, MAX_PAGE_BLOCKS, MAX_PAGE_BYTES, MAX_PAGE_SEGMENTS,
  MAX_SEGMENT_BLOCKS, MAX_SEGMENT_BYTES, MAX_SEGMENT_DURATION_MS
} from '../../../protocols/limits.ts'
import { sha256 } from '../../../protocols/sha256.ts'
import { fixture, goldenTitle, refusal } from './titles.ts'

const { root, held } = await goldenTitle()
const names = root.renditions.flatMap(({ pages }) => pages.map(({ cid }) => cid.toString()))
const pages = names.map(name => decodePage(held.get(name)!))
const cut = pages[0]!.segments[0]! as Required<SegmentEntry>
const whole = pages[2]!.segments[0]!
const leaf = cut.blocks[0]!
const tiny: SegmentEntry = { durationMs: 1, size: 1, cid: whole.cid }
const tooMany = Array<BlockRef>(MAX_SEGMENT_BLOCKS + 1).fill({ ...leaf, size: 1 })

/** A page of one segment with some fields other than they should be. */
const altered = (segment: SegmentEntry, fields: object) =>
  encode({ segments: [{ ...segment, ...fields }] })

/** Each case is refused, and for the reason given: else another guard hides that one is gone. */
function expectRefused (cases: Record<string, [bytes: Uint8Array, reason: string]>): void {
  for (const [what, [bytes, reason]] of Object.entries(cases)) {
    expect(() => decodePage(bytes), what).to.throw(InvalidPageError, reason)
  }
}

/** Segments as the counts of their blocks say. */
async function segmentsOf (blockCounts: number[]): Promise<SegmentEntry[]> {
  const size = MAX_BLOCK_BYTES / 16
  const blocks = Array<BlockRef>(MAX_SEGMENT_BLOCKS).fill({ ...leaf, size })
  const { cid } = await segmentRoot(blocks, sha256)
  return blockCounts.map(count => count === 1
    ? { durationMs: 123_456.789, size: MAX_BLOCK_BYTES, cid: whole.cid }
    : { durationMs: 1, size: count * size, cid, blocks: blocks.slice(0, count) })
}

describe('protocols/content/index-page', () => {
  it('keeps to the committed bytes and their CIDs', () => {
    const { pages: committed } = JSON.parse(new TextDecoder().decode(fixture('names.json')))
    expect(names).to.deep.equal(committed)
    pages.forEach((page, i) => {
      expect(encodePage(page)).to.deep.equal(fixture(`page-${i}.dag-cbor`))
    })
  })

  it('throws nothing but InvalidPageError for random bytes', async () => {
    await fc.assert(fc.asyncProperty(fc.uint8Array({ maxLength: 400 }), async bytes => {
      expect(await refusal(() => decodePage(bytes))).to.equal('InvalidPageError')
    }), { numRuns: 300 })
  })

  it('throws nothing but InvalidPageError for a page with bytes changed', async () => {
    const good = fixture('page-2.dag-cbor')
    await fc.assert(fc.asyncProperty(fc.nat(good.length - 1), fc.nat(255), async (at, byte) => {
      const bytes = good.with(at, byte)
      expect(await refusal(() => decodePage(bytes))).to.be.oneOf([undefined, 'InvalidPageError'])
    }), { numRuns: 300 })
  })

  it('refuses CBOR made to exhaust a decoder', () => expectRefused({
    'arrays in arrays': [new Uint8Array(MAX_PAGE_BYTES).fill(0x81), 'stack'],
    'more than a page may have': [new Uint8Array(MAX_PAGE_BYTES + 1), 'over the limit'],
    'bytes after it': [Uint8Array.from([...fixture('page-2.dag-cbor'), 0]), 'too many']
  }))

  it('refuses segments that cannot be', () => expectRefused({
    'no segments': [encode({ segments: [] }), 'segments:'],
    'too many segments': [
      encode({ segments: Array(MAX_PAGE_SEGMENTS + 1).fill(tiny) }), 'segments: Too big'
    ],
    'a field more': [altered(whole, { uri: 'x' }), 'uri'],
    'a size of 0': [altered(whole, { size: 0 }), 'size:'],
    'a block too large': [altered(whole, { size: MAX_BLOCK_BYTES + 1 }), 'do not agree'],
    'a segment too large': [altered(cut, { size: MAX_SEGMENT_BYTES + 1 }), 'size:'],
    'no duration': [altered(whole, { durationMs: 0 }), 'durationMs:'],
    'a negative duration': [altered(whole, { durationMs: -1 }), 'durationMs:'],
    'a long duration': [altered(whole, { durationMs: MAX_SEGMENT_DURATION_MS + 1 }), 'durationMs:'],
    'a finer duration than a thousandth': [altered(whole, { durationMs: 0.0001 }), 'durationMs:'],
    'a page as a segment': [altered(whole, { cid: root.renditions[0]!.pages[0]!.cid }), 'cid:'],
    'a file of no blocks': [altered(whole, { cid: cut.cid }), 'do not agree'],
    'a raw block of blocks': [altered(cut, { cid: whole.cid }), 'do not agree'],
    'another size than the blocks have': [altered(cut, { size: cut.size + 1 }), 'do not agree'],
    'one block in a list': [altered(cut, { size: leaf.size, blocks: [leaf] }), 'blocks:'],
    'a file as a block': [altered(cut, { blocks: [leaf, { ...leaf, cid: cut.cid }] }), 'cid:'],
    'an empty block': [altered(cut, { blocks: [...cut.blocks, { ...leaf, size: 0 }] }), 'size:'],
    'too many blocks': [altered(cut, { size: tooMany.length, blocks: tooMany }), 'blocks:']
  }))

  it('writes nothing it would not read', () => {
    const page = { segments: [{ ...whole, size: 0 }] }
    expect(() => encodePage(page)).to.throw(InvalidPageError, 'size:')
  })

  it('fills pages within their bounds, in order and the first one short', async () => {
    const count = fc.constantFrom(1, 1, 1, 2, 30, 200, MAX_SEGMENT_BLOCKS)
    const counts = fc.array(count, { maxLength: 60 })
    await fc.assert(fc.asyncProperty(counts, async blockCounts => {
      const segments = await segmentsOf(blockCounts)
      const pages = paginate(segments)
      expect(pages.flatMap(page => page.segments)).to.deep.equal(segments)
      expect(pages[0]?.segments.length ?? 0).to.be.at.most(FIRST_PAGE_SEGMENTS)
      for (const page of pages) {
        encodePage(page)
      }
    }), { numRuns: 5 })
  })

  it('fills every page but the first and last', async () => {
    const pages = paginate(await segmentsOf(Array(2500).fill(1)))
    const lengths = pages.map(({ segments }) => segments.length)
    expect(lengths.slice(0, -1).every((length, i) => length > (i === 0 ? 15 : 750))).to.equal(true)
    expect(lengths[0]).to.equal(FIRST_PAGE_SEGMENTS)
  })

  it('cannot hold more block references than a root may claim', async () => {
    const [segment] = await segmentsOf([MAX_SEGMENT_BLOCKS])
    const bytes = encode(segment!.blocks).length / MAX_SEGMENT_BLOCKS
    const smallest = encode({ ...leaf, size: 1 }).length
    expect(smallest).to.be.at.most(bytes)
    expect(MAX_PAGE_BYTES / smallest).to.be.at.most(MAX_PAGE_BLOCKS)
  })
})
