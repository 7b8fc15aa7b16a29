/**
 * Titles for tests: the same blocks, pages and root on every run.
 */

import { readFileSync } from 'node:fs'
import { generateKeyPairFromSeed } from '@libp2p/crypto/keys'
import {
  type Block, type BuiltManifest, buildManifest, chunkSegment, type LoadBlock, type RenditionInput,
  type SegmentEntry
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
  const { rendition, blocks } = await sampleRendition('128k', count, bytes)
  return titleOf([rendition], blocks)
}

/** The title of test/fixtures/content: sound in blocks, and a picture in one-block segments. */
export async function goldenTitle (): Promise<SampleTitle> {
  const sound = await sampleRendition('128k', 20, 2500)
  const picture = await sampleRendition('360p', 3, 900)
  return titleOf([sound.rendition, {
    ...picture.rendition,
    bandwidth: 800_000,
    codecs: 'avc1.64001e,mp4a.40.2',
    resolution: { width: 640, height: 360 },
    segments: picture.rendition.segments.map((segment, i) => ({ ...segment, durationMs: 4000 + i }))
  }], [...sound.blocks, ...picture.blocks])
}

async function sampleRendition (
  name: string, count: number, bytes: number
): Promise<{ rendition: RenditionInput, blocks: Block[] }> {
  const blocks: Block[] = []
  const segments: SegmentEntry[] = []
  for (let i = 0; i < count; i++) {
    const cut = await chunkSegment(someBytes(bytes, i), { sha256, blockBytes: 1000 })
    blocks.push(...cut.blocks)
    segments.push({ ...cut.entry, durationMs: 10_005.333 })
  }
  const init = await chunkSegment(someBytes(600, 999), { sha256 })
  blocks.push(...init.blocks)
  const rendition = { name, bandwidth: 140_000, codecs: 'mp4a.40.2', init: init.entry, segments }
  return { rendition, blocks }
}

export async function titleOf (
  renditions: RenditionInput[], media: Block[] = []
): Promise<SampleTitle> {
  const title = { title: 'Sample', kind: 'vod' as const, renditions }
  const built = await buildManifest(title, publisherKey, sha256)
  const held = new Map([...media, ...built.blocks].map(({ cid, bytes }) => [cid.toString(), bytes]))
  return { ...built, held, load: loadFrom(held) }
}

export function loadFrom (held: Map<string, Uint8Array>): LoadBlock {
  return async cid => {
    const bytes = held.get(cid.toString())
    if (bytes == null) {
      throw new Error(`no block ${cid}`)
    }
    return bytes
  }
}

/** The committed bytes of the golden title's root or of a page, and their names. */
export function fixture (file: string): Uint8Array {
  return new Uint8Array(readFileSync(new URL(`../../fixtures/content/${file}`, import.meta.url)))
}

/** The name of what `work` throws or rejects with, `undefined` when it does neither. */
export async function refusal (work: () => unknown): Promise<string | undefined> {
  try {
    await work()
  } catch (error) {
    return error instanceof Error ? error.name : typeof error
  }
}
