/**
 * The publisher's side: a signed manifest of segments already cut.
 * in: renditions with their segment entries, and the publisher's key. out: root and page blocks.
 */

import type { PrivateKey } from '@libp2p/interface'
import type { CID } from 'multiformats/cid'
import { cidOf, DAG_CBOR_CODE, type Sha256 } from '../cid.ts'
import { MAX_START_BLOCKS } from '../limits.ts'
import { blocksOf, encodePage, pageTotals, paginate } from './index-page.ts'
import { encodeRoot } from './root.ts'
import { sum } from './shapes.ts'
import { signRoot } from './signature.ts'
import { sumMs, toThousandths } from './timeline.ts'
import type { Block, ContentRoot, PageRef, Rendition, SegmentEntry } from './types.ts'

type Encoding = Pick<Rendition, 'name' | 'bandwidth' | 'codecs' | 'resolution' | 'init'>

export interface RenditionInput extends Encoding {
  /** Durations are rounded to a thousandth of a millisecond. */
  segments: SegmentEntry[]
}

export interface TitleInput extends Pick<ContentRoot, 'title' | 'kind'> {
  renditions: RenditionInput[]
}

export interface BuiltManifest {
  /** The content ID. */
  id: CID
  root: ContentRoot
  /** The pages, then the root: stored in this order, what the root names is there before it. */
  blocks: Block[]
}

/**
 * A manifest of `title`, the same for the same input and key.
 *
 * @throws InvalidRootError InvalidPageError InvalidArgumentError
 */
export async function buildManifest (
  title: TitleInput, privateKey: PrivateKey, sha256: Sha256
): Promise<BuiltManifest> {
  const blocks: Block[] = []
  const renditions: Rendition[] = []
  for (const input of title.renditions) {
    renditions.push(await buildRendition(input, blocks, sha256))
  }
  const root = await signRoot({
    type: 'cdnd/content@2',
    title: title.title,
    kind: title.kind,
    renditions,
    publisher: privateKey.publicKey.raw
  }, privateKey)
  const bytes = encodeRoot(root)
  const id = await cidOf(bytes, sha256, DAG_CBOR_CODE)
  return { id, root, blocks: [...blocks, { cid: id, bytes }] }
}

/** Adds the rendition's page blocks to `blocks`. */
async function buildRendition (
  input: RenditionInput, blocks: Block[], sha256: Sha256
): Promise<Rendition> {
  const { name, bandwidth, codecs, resolution, init } = input
  const segments = input.segments.map(
    entry => ({ ...entry, durationMs: toThousandths(entry.durationMs) })
  )
  const [start] = segments
  const pages: PageRef[] = []
  for (const page of paginate(segments)) {
    const bytes = encodePage(page)
    const cid = await cidOf(bytes, sha256, DAG_CBOR_CODE)
    blocks.push({ cid, bytes })
    pages.push({ cid, ...pageTotals(page) })
  }
  return {
    name,
    bandwidth,
    codecs,
    ...(resolution != null && { resolution }),
    ...(init != null && { init }),
    ...(start != null && blocksOf(start).length <= MAX_START_BLOCKS && { start }),
    pages,
    segments: sum(pages, 'segments'),
    blocks: sum(pages, 'blocks'),
    durationMs: sumMs(pages),
    size: sum(pages, 'size')
  }
}
