/**
 * Content: how a title is cut, named, signed and checked.
 * in: segments and a publisher's key, or blocks from anywhere. out: a signed manifest, or a refusal
 * by name.
 *
 * A publisher goes down this list with `chunkSegment` and `buildManifest`, a listener with
 * `openManifest`; both, and everyone between them, hold bytes against names with `checkBlock`.
 */

export { type BuiltManifest, buildManifest, type RenditionInput, type TitleInput } from './build.ts'
export { checkBlock } from './check.ts'
export { type ChunkedSegment, type ChunkOptions, chunkSegment } from './chunk.ts'
export { mpd } from './dash.ts'
export {
  averageBandwidth, INIT_FILE, MASTER_PLAYLIST, MEDIA_PLAYLIST, masterPlaylist, mediaPlaylist,
  SEGMENT_EXTENSION
} from './hls.ts'
export { blocksOf, decodePage, encodePage, paginate } from './index-page.ts'
export { type OpenOptions, openManifest } from './manifest.ts'
export { type ManifestReading, manifestReading } from './manifest-reading.ts'
export { decodeRoot, encodeRoot, RENDITION_NAME } from './root.ts'
export { FILE_RENDITION, fileBlocks, segmentRoot } from './segment-file.ts'
export {
  contentIdIn, formatSegmentId, isContentId, parseContentId, parseSegmentId, type SegmentId
} from './segment-id.ts'
export { signRoot, type VerifyOptions, verifyRoot } from './signature.ts'
export { sumMs, toThousandths } from './timeline.ts'
export type {
  Block, BlockRef, ContentRoot, IndexedSegment, IndexPage, LoadBlock, Manifest, NumberedBlock,
  PageRef, Rendition, SegmentEntry, SegmentIndex, UnsignedRoot
} from './types.ts'
