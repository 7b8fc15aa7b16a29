/**
 * Content: how a title is cut, named, signed and checked.
 * in: segments and a publisher's key, or blocks from anywhere. out: a signed manifest, or a named refusal.
 *
 * Signatures of what the other files export (each file is one concept):
 *
 *   check.ts      checkBlock(cid, bytes, sha256): Promise<void>              throws BlockMismatchError
 *   signature.ts  signRoot(unsigned, privateKey): Promise<ContentRoot>
 *                 verifyRoot(root): Promise<void>                            throws InvalidSignatureError
 *   root.ts       encodeRoot(root): Uint8Array · decodeRoot(bytes): ContentRoot   throws InvalidRootError
 *   index-page.ts encodePage(page) · decodePage(bytes)                       throws InvalidPageError
 *                 paginate(segments): IndexPage[]
 *   manifest.ts   openManifest(id, loadBlock, { publisher? }): Promise<Manifest>
 *   segment-id.ts parseSegmentId('<content>/<rendition>/<n>') · formatSegmentId(…)
 *   segment-file.ts  segmentRoot(blocks): the UnixFS dag-pb root over raw leaves → { cid, bytes }
 *   hls.ts        masterPlaylist(root, …): string · mediaPlaylist(index, …): Promise<string>
 *   dash.ts       mpd(manifest, …): Promise<string>
 */

export type {
  BlockRef, ContentRoot, IndexedSegment, IndexPage, LoadBlock, Manifest, NumberedBlock, PageRef, Rendition,
  SegmentEntry, SegmentIndex, UnsignedRoot
} from './types.ts'
