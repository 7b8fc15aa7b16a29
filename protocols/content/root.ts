/**
 * Content root: what the publisher signs, as the block whose CID is the content ID.
 *
 *   DAG-CBOR {type: 'cdnd/content@2', title, kind, renditions: [{name, bandwidth, codecs,
 *     resolution?: {width, height}, init?: {cid, size}, start?: {durationMs, size, cid, blocks?},
 *     pages: [{cid, segments, blocks, durationMs, size}], segments, blocks, durationMs, size}],
 *     encryption?, publisher: 32 bytes, signature: 64 bytes}
 *
 * A field of another name is refused: what a version cannot read it must not pass on as checked.
 */

import * as z from 'zod/mini'
import { DAG_CBOR_CODE } from '../cid.ts'
import { InvalidRootError } from '../errors.ts'
import {
  FIRST_PAGE_SEGMENTS, MAX_BLOCK_BYTES, MAX_PAGE_BLOCKS, MAX_PAGE_SEGMENTS, MAX_RENDITION_PAGES,
  MAX_RENDITIONS, MAX_ROOT_BYTES, MAX_SEGMENT_DURATION_MS, MAX_START_BLOCKS, MAX_TITLE_LENGTH,
  MAX_URL_LENGTH
} from '../limits.ts'
import { decodeCanonical, encodeCanonical, type Form } from './canonical.ts'
import { cid, count, durationMs, rawBlock, segmentEntry, sum } from './shapes.ts'
import { sumMs } from './timeline.ts'
import type { ContentRoot, Rendition } from './types.ts'

/** A rendition's name: safe in a path, a playlist and a terminal. */
export const RENDITION_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/

const PUBLIC_KEY_BYTES = 32
const SIGNATURE_BYTES = 64
const CODECS = /^[A-Za-z0-9][A-Za-z0-9.,+_-]{0,127}$/
const PRINTABLE = /^[^\p{Cc}\p{Cs}\u2028\u2029]+$/u
const URI = /^[^\p{Cc}\s"]+$/u
const MAX_PIXELS = 65_535

const pixels = count.check(z.maximum(MAX_PIXELS))

/** Bytes of one length. */
const bytes = (length: number) => z.custom<Uint8Array>(
  value => value instanceof Uint8Array && value.byteLength === length, `not ${length} bytes`
)

const total = z.int().check(z.nonnegative())

const page = z.strictObject({
  cid: cid(DAG_CBOR_CODE),
  segments: count.check(z.maximum(MAX_PAGE_SEGMENTS)),
  blocks: count.check(z.maximum(MAX_PAGE_BLOCKS)),
  durationMs,
  size: count
}).check(z.refine(page => page.blocks >= page.segments &&
  page.size <= page.blocks * MAX_BLOCK_BYTES &&
  page.durationMs <= page.segments * MAX_SEGMENT_DURATION_MS, 'more than a page can hold'))

const rendition = z.strictObject({
  name: z.string().check(z.regex(RENDITION_NAME, 'not a name fit for a path')),
  bandwidth: count,
  codecs: z.string().check(z.regex(CODECS, 'not RFC 6381 codecs')),
  resolution: z.optional(z.strictObject({ width: pixels, height: pixels })),
  init: z.optional(rawBlock),
  start: z.optional(segmentEntry.check(z.refine(({ blocks }) =>
    (blocks?.length ?? 1) <= MAX_START_BLOCKS, `more than ${MAX_START_BLOCKS} blocks`
  ))),
  pages: z.array(page).check(z.maxLength(MAX_RENDITION_PAGES)),
  segments: total,
  blocks: total,
  durationMs: z.union([durationMs, z.literal(0)]),
  size: total
}).check(
  z.refine(hasTrueTotals, 'the totals are not the sums over the pages'),
  z.refine(({ start, pages: [first] }) => start == null || (first != null &&
    start.size <= first.size && start.durationMs <= first.durationMs),
    'the first page cannot hold the first segment'),
  z.refine(({ pages: [first] }) => first == null || first.segments <= FIRST_PAGE_SEGMENTS,
    `the first page has more than ${FIRST_PAGE_SEGMENTS} segments`)
)

const schema = z.strictObject({
  type: z.literal('cdnd/content@2', 'of another version of cdnd: to be published again'),
  title: z.string().check(
    z.maxLength(MAX_TITLE_LENGTH), z.regex(PRINTABLE, 'empty, or with control characters')
  ),
  kind: z.enum(['vod', 'live']),
  renditions: z.array(rendition).check(z.minLength(1), z.maxLength(MAX_RENDITIONS)),
  encryption: z.optional(z.strictObject({
    method: z.literal('AES-128'),
    keyUri: z.string().check(z.maxLength(MAX_URL_LENGTH), z.regex(URI, 'not a URI'))
  })),
  publisher: bytes(PUBLIC_KEY_BYTES),
  signature: bytes(SIGNATURE_BYTES)
}).check(
  z.refine(({ renditions }) => new Set(renditions.map(({ name }) => name)).size ===
    renditions.length, 'two renditions have one name'),
  z.refine(root => root.kind === 'live' || root.renditions.every(({ pages }) => pages.length > 0),
    'a rendition has no segments')
)

const form: Form<ContentRoot> = {
  name: 'content root', schema, maxBytes: MAX_ROOT_BYTES, Refusal: InvalidRootError
}

/** @throws InvalidRootError */
export function encodeRoot (root: ContentRoot): Uint8Array {
  return encodeCanonical(root, form)
}

/**
 * The root in some bytes; its signature is not looked at here.
 *
 * @throws InvalidRootError
 */
export function decodeRoot (bytes: Uint8Array): ContentRoot {
  return decodeCanonical(bytes, form)
}

function hasTrueTotals (rendition: Rendition): boolean {
  const { pages } = rendition
  return rendition.segments === sum(pages, 'segments') &&
    rendition.blocks === sum(pages, 'blocks') &&
    rendition.size === sum(pages, 'size') &&
    rendition.durationMs === sumMs(pages)
}
