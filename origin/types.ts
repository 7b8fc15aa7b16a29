/**
 * What a publisher asks for, and what stands in the catalogue afterwards.
 */

import type { CID } from 'multiformats/cid'
import type { PublishProgress } from '../protocols/control/index.ts'

/** How far an ingest is; `percent` is 0 to 100 of its stage. */
export type IngestProgress = Extract<PublishProgress, { percent: number }>

/** What changes the bytes that come out, and so the content ID. */
export interface PublishSettings {
  /**
   * Audio bit rates in bits per second, whole thousands: one rendition each. A video's renditions
   * all carry sound at the highest of them.
   */
  bitrates: number[]
  /** Milliseconds, 2,000 to 10,000. Higher: fewer requests; lower: quicker start. */
  segmentMs: number
  /** Picture heights of a video's renditions; empty for one at the source's size, at most 1,080. */
  ladder: number[]
  /** Bytes in a block. */
  blockBytes: number
}

export interface IngestRequest extends Partial<PublishSettings> {
  /** The media file. */
  path: string
  /** The file's name without its extension, when absent. */
  title?: string
  /** A name for URLs and commands, unique in the catalogue. */
  alias?: string
}

/** A published title. */
export interface CatalogEntry {
  /** The content ID. */
  id: CID
  title: string
  alias?: string
  /** ISO 8601. */
  createdAt: string
  /** Name of the file it was made from. */
  source: string
  /** Name of our copy of that file in the masters folder, where one is kept. */
  master?: string
  settings: PublishSettings
  /** Of the longest rendition. */
  durationMs: number
  /** Bytes of all renditions. */
  size: number
  renditions: string[]
}

export interface IngestOptions {
  /** Aborting leaves nothing behind. */
  signal?: AbortSignal
  onProgress?: (progress: IngestProgress) => void
}

/** One media playlist's worth of files on disk. */
export interface SegmentedRendition {
  name: string
  /** Absolute path of the initialisation section. */
  init: string
  /** In the order of time. */
  segments: Array<{ path: string, durationMs: number }>
}
