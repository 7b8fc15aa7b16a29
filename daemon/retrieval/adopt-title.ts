/**
 * Takes up a title whose blocks were put into the store by another hand.
 * in: what reads blocks of our store. out: the title's renditions, and where its blocks stand.
 * Index pages that are not in the store are passed over. A file of no title counts as one of one
 * rendition.
 */

import type { CID } from 'multiformats/cid'
import type { Sha256 } from '../../protocols/cid.ts'
import {
  FILE_RENDITION, fileBlocks, isContentId, type LoadBlock, type Manifest, type NumberedBlock,
  openManifest
} from '../../protocols/content/index.ts'
import { MAX_BLOCK_BYTES } from '../../protocols/limits.ts'
import type { RenditionBlocks } from './title-holdings.ts'

/** Who is told of what was found. */
export interface Account {
  open (content: CID, root: RenditionBlocks): void
  learn (content: CID, rendition: string, blocks: readonly NumberedBlock[]): void
}

interface Options { signal?: AbortSignal }

/** @throws InvalidRootError InvalidSignatureError, and what `load` throws for the root */
export async function adoptTitle (
  content: CID, account: Account, load: LoadBlock, sha256: Sha256, options: Options = {}
): Promise<void> {
  if (!isContentId(content)) {
    await adoptFile(content, account, load, options)
    return
  }
  const manifest = await openManifest(content, load, { sha256, ...options })
  account.open(content, manifest.root)
  for (const { name, pages } of manifest.root.renditions) {
    let first = 0
    for (const { segments } of pages) {
      await adoptPage(manifest, account, { rendition: name, first, segments }, options)
      first += segments
    }
  }
}

async function adoptFile (
  cid: CID, account: Account, load: LoadBlock, options: Options
): Promise<void> {
  const bytes = await load(cid, { maxBytes: MAX_BLOCK_BYTES, ...options })
  const blocks = fileBlocks(cid, bytes)
  account.open(cid, { renditions: [{ name: FILE_RENDITION, blocks: blocks.length }] })
  account.learn(cid, FILE_RENDITION, blocks)
}

interface Page { rendition: string, first: number, segments: number }

async function adoptPage (
  manifest: Manifest, account: Account, { rendition, first, segments }: Page, options: Options
): Promise<void> {
  try {
    const index = manifest.index(rendition)
    for (let number = first; number < first + segments; number++) {
      account.learn(manifest.id, rendition, (await index.segment(number, options)).blocks)
    }
  } catch (err) {
    if ((err as Error).name !== 'ContentNotFoundError') {
      throw err
    }
  }
}
