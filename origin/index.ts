/**
 * Origin: a node that also publishes.
 * in: media files. out: signed titles in the store, the files they were made from, a catalogue.
 */

import { Ingest, type IngestComponents, type IngestInit } from './ingest.ts'

export type { FfmpegBinary } from './find-ffmpeg.ts'
export { findFfmpeg } from './find-ffmpeg.ts'
export { publish } from './publish.ts'
export { DEFAULT_BITRATES, DEFAULT_LADDER, DEFAULT_SEGMENT_MS } from './settings.ts'
export type {
  CatalogEntry, IngestOptions, IngestProgress, IngestRequest, PublishSettings
} from './types.ts'
export type { Ingest, IngestComponents, IngestInit }

/**
 * An ingest that works in `init.folder`; `start()` reads the catalogue, `stop()` undoes what is
 * under way.
 *
 * @example
 * const ingest = openIngest({ folder: 'data/origin' })({ store, privateKey, sha256, logger })
 * await ingest.start()
 * const { id } = await ingest.publish({ path: 'song.flac', bitrates: [64_000, 128_000] })
 */
export const openIngest = (init: IngestInit) =>
  (components: IngestComponents): Ingest => new Ingest(components, init)
