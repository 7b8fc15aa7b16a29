/**
 * Titles for tests: the same blocks, pages and root on every run.
 */

import { generateKeyPairFromSeed } from '@libp2p/crypto/keys'
import type { CID } from 'multiformats/cid'
import {
  type Block, type BuiltManifest, buildManifest, chunkSegment, type LoadBlock, type RenditionInput, type SegmentEntry
} from '../../../protocols/content/index.ts'
import { sha256 } from '../../../protocols/sha256.ts'

export const publisherKey = await generateKeyPairFromSeed('Ed25519', new Uint8Array(32).fill(7))
export const strangerKey = await generateKeyPairFromSeed('Ed25519', new Uint8Array(32).fill(8))

/** Bytes that differ with `seed`. */
export function someBytes (length: number, seed: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (i * 31 + seed * 17 + (i >> 8)) & 0xff)
}

export interface SampleTitle extends BuiltManifest {
  /** Root, pages, init and segment blocks, by CID. */
  held: Map<string, Uint8Array>
  load: LoadBlock
}

/** One audio rendition of `count` segments of 10 s, each of `bytes` bytes in blocks of 1,000. */
export async function sampleTitle (count = 20, bytes = 2500): Promise<SampleTitle> {
  const blocks: Block[] = []
  const segments: SegmentEntry[] = []
  for (let i = 0; i < count; i++) {
    const cut = await chunkSegment(someBytes(bytes, i), { sha256, blockBytes: 1000 })
    blocks.push(...cut.blocks)
    segments.push({ ...cut.entry, durationMs: 10_005.333 })
  }
  const init = await chunkSegment(someBytes(600, 999), { sha256 })
  blocks.push(...init.blocks)
  return titleOf([{ name: '128k', bandwidth: 140_000, codecs: 'mp4a.40.2', init: init.entry, segments }], blocks)
}

export async function titleOf (renditions: RenditionInput[], media: Block[] = []): Promise<SampleTitle> {
  const built = await buildManifest({ title: 'Sample', kind: 'vod', renditions }, publisherKey, sha256)
  const held = new Map([...media, ...built.blocks].map(({ cid, bytes }) => [cid.toString(), bytes]))
  const load = async (cid: CID): Promise<Uint8Array> => {
    const bytes = held.get(cid.toString())
    if (bytes == null) {
      throw new Error(`no block ${cid}`)
    }
    return bytes
  }
  return { ...built, held, load }
}
