/**
 * The content model: what a publisher signs and everyone else checks.
 *
 *   content root ──► renditions ──► index pages ──► segments ──► blocks
 */

import type { CID } from 'multiformats/cid'

/** A block: bytes under one CID. `size` in bytes. */
export interface BlockRef {
  cid: CID
  size: number
}

/** A block with its bytes. */
export interface Block {
  cid: CID
  bytes: Uint8Array
}

/** One HLS media file as it stands in an index page. */
export interface SegmentEntry {
  /** Milliseconds of media, to a thousandth. */
  durationMs: number
  /** Bytes, all blocks together. */
  size: number
  /** One block: its raw CID. More: the root of the UnixFS file whose leaves are `blocks`. */
  cid: CID
  /** Absent where the segment is one block. */
  blocks?: BlockRef[]
}

export interface IndexPage {
  segments: SegmentEntry[]
}

export interface PageRef {
  cid: CID
  /** Segments in the page. */
  segments: number
  /** Blocks of those segments. */
  blocks: number
  /** Media in the page, so that a segment's start is known without the pages before it. */
  durationMs: number
  /** Bytes of those segments. */
  size: number
}

/** One encoding of the title. `bandwidth` in bits per second, as HLS means it (peak, all bytes). */
export interface Rendition {
  /** 1–64 of letters, digits, `-`, `_`, `.`; first a letter or digit; unique in its root. */
  name: string
  bandwidth: number
  /** RFC 6381, e.g. `mp4a.40.2` or `avc1.640028,mp4a.40.2`. */
  codecs: string
  /** Present exactly when there is a picture. */
  resolution?: { width: number, height: number }
  /** The fMP4 initialisation section; absent for MPEG-TS. Always one block. */
  init?: BlockRef
  /**
   * The first segment, as it stands in the first page, so that both can be asked for at once;
   * absent where it has very many blocks.
   */
  start?: SegmentEntry
  pages: PageRef[]
  /** Totals over all pages, the init section not counted. */
  segments: number
  blocks: number
  durationMs: number
  size: number
}

/** What the publisher signs. Nothing in it varies between two ingests of one file. */
export interface UnsignedRoot {
  type: 'cdnd/content@2'
  title: string
  kind: 'vod' | 'live'
  renditions: Rendition[]
  /** Reserved for AES-128 HLS. */
  encryption?: { method: 'AES-128', keyUri: string }
  /** The publisher's Ed25519 public key, 32 bytes. */
  publisher: Uint8Array
}

export interface ContentRoot extends UnsignedRoot {
  /** Ed25519 over the DAG-CBOR of the root without this field, 64 bytes. */
  signature: Uint8Array
}

/** A block of a segment, with its number in the rendition: the bit it has in every bitfield. */
export interface NumberedBlock extends BlockRef {
  number: number
}

/** A segment with everything a fetch needs. */
export interface IndexedSegment {
  /** From the rendition's beginning, 0 first. */
  number: number
  /** Where it starts on the rendition's timeline. */
  startMs: number
  durationMs: number
  size: number
  cid: CID
  /** At least one, in the order of their bytes. */
  blocks: NumberedBlock[]
}

/**
 * The numbered segments of one rendition. A VOD title's begins at 0 and does not grow; a live one
 * slides and grows, so readers must not assume either.
 */
export interface SegmentIndex {
  readonly rendition: Rendition
  /** The oldest segment that can still be asked for. */
  readonly first: number
  /** One past the newest segment known. */
  readonly next: number
  /** True when no more segments will come. */
  readonly isComplete: boolean
  /** @throws NotInManifestError outside `first … next - 1` */
  segment (number: number, options?: { signal?: AbortSignal }): Promise<IndexedSegment>
  /** All segments from `first` on, in order. */
  segments (options?: { signal?: AbortSignal }): AsyncIterable<IndexedSegment>
  /** Called after `next` has grown; returns what ends the calls. */
  onGrow (listener: () => void): () => void
}

/** Content root and its index pages, checked. */
export interface Manifest {
  /** The content ID: the root block's CID. */
  readonly id: CID
  readonly root: ContentRoot
  /** @throws NotInManifestError for a name the root does not have */
  index (rendition: string): SegmentIndex
  /** Every block under the root that playback needs: root, pages, init sections, segment blocks. */
  blocks (options?: { signal?: AbortSignal, rendition?: string }): AsyncIterable<BlockRef>
}

/** How a manifest reads its pages: the bytes of a block, already checked against its CID. */
export type LoadBlock = (
  cid: CID, options: { maxBytes: number, signal?: AbortSignal }
) => Promise<Uint8Array>
