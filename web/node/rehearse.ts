/**
 * What reads a title, run once before there is one: a browser compiles a function when it is called
 * first, and whoever presses play would wait for that.
 * in: nothing. out: nothing but that the same is faster the next time.
 */

import { cidOf, DAG_CBOR_CODE, type Sha256 } from '../../protocols/cid.ts'
import {
  encodePage, encodeRoot, type IndexPage, manifestReading, masterPlaylist, type Rendition,
  segmentRoot
} from '../../protocols/content/index.ts'
import { FIRST_PAGE_SEGMENTS } from '../../protocols/limits.ts'

const ENCODING = { name: 'none', bandwidth: 1, codecs: 'mp4a.40.2' }
/** As often as makes the browser take it for worth compiling well. */
const SEGMENTS = FIRST_PAGE_SEGMENTS

/** Reads a title that nobody has published. */
export async function rehearse (sha256: Sha256): Promise<void> {
  const block = { cid: await cidOf(new Uint8Array(1), sha256), size: 1 }
  const blocks = [block, block]
  const { cid } = await segmentRoot(blocks, sha256)
  const segment = { durationMs: 1, size: 2, cid, blocks }
  const page: IndexPage = { segments: Array.from({ length: SEGMENTS }, () => segment) }
  const bytes = encodePage(page)
  const totals = {
    segments: SEGMENTS, blocks: 2 * SEGMENTS, durationMs: SEGMENTS, size: 2 * SEGMENTS
  }
  const ref = { cid: await cidOf(bytes, sha256, DAG_CBOR_CODE), ...totals }
  const rendition: Rendition = {
    ...ENCODING, init: block, start: segment, pages: [ref], ...totals
  }
  const root = {
    type: 'cdnd/content@2' as const,
    title: 'none',
    kind: 'vod' as const,
    renditions: [rendition],
    publisher: new Uint8Array(32),
    signature: new Uint8Array(64)
  }
  masterPlaylist(root)
  const reading = manifestReading(sha256)
  await reading.page({ cid: ref.cid, bytes }, { ref, segment: 0, block: 0, startMs: 0 })
  // It ends with the signature, which is nobody's.
  await reading.root({ cid: ref.cid, bytes: encodeRoot(root) }).catch((err: Error) => {
    if (err.name !== 'InvalidSignatureError') throw err
  })
}
