/**
 * A title read through a daemon's gateway, and checked again here: root and pages against their
 * CIDs and the publisher's signature, every segment block by block.
 * in: a content ID. out: its manifest; the bytes of one rendition, together a playable file.
 */

import type { CID } from 'multiformats/cid'
import {
  type BlockRef, checkBlock, formatSegmentId, type IndexedSegment, type Manifest, openManifest,
  type Rendition
} from '../protocols/content/index.ts'
import type { ControlClient } from '../protocols/control/client.ts'
import type { BytesBySource } from '../protocols/control/index.ts'
import { BlockMismatchError } from '../protocols/errors.ts'
import { sha256 } from '../protocols/sha256.ts'

/** Segments asked for ahead of the one being written. Higher: a distant daemon is used better. */
const AHEAD = 3

export interface ReadOptions { signal: AbortSignal }

/** A piece of the file and where the daemon had it from. */
export interface Piece {
  bytes: Uint8Array
  sources: BytesBySource
  /** Of the rendition's media, after this piece. */
  readMs: number
}

export async function openTitle (
  client: ControlClient, content: CID, options: ReadOptions
): Promise<Manifest> {
  return await openManifest(content, async (cid, { maxBytes, signal = options.signal }) => {
    const bytes = await client.block(cid, { content, maxBytes, signal })
    await checkBlock(cid, bytes, sha256)
    return bytes
  }, { sha256, ...options })
}

/**
 * The rendition named, or the one with the highest bandwidth.
 *
 * @throws NotInManifestError
 */
export function chooseRendition (manifest: Manifest, name?: string): Rendition {
  if (name !== undefined) return manifest.index(name).rendition
  return manifest.root.renditions
    .reduce((best, other) => other.bandwidth > best.bandwidth ? other : best)
}

/** Init section and segments in order. */
export async function * readTitle (
  client: ControlClient, manifest: Manifest, { name, init }: Rendition, options: ReadOptions
): AsyncGenerator<Piece> {
  const content = manifest.id
  if (init !== undefined) yield await readInit(client, content, init, options)
  const waiting: Array<Promise<Piece>> = []
  for await (const segment of manifest.index(name).segments(options)) {
    const piece = readSegment(client, content, name, segment, options)
    piece.catch(() => {}) // Thrown below, when its turn comes.
    waiting.push(piece)
    if (waiting.length > AHEAD) yield await waiting.shift()!
  }
  for (const piece of waiting) yield await piece
}

async function readInit (
  client: ControlClient, content: CID, { cid, size }: BlockRef, options: ReadOptions
): Promise<Piece> {
  const bytes = await client.block(cid, { content, maxBytes: size, ...options })
  await checkBlock(cid, bytes, sha256)
  return { bytes, sources: { local: 0, peer: 0, edge: 0, origin: 0 }, readMs: 0 }
}

/** @throws BlockMismatchError */
export async function readSegment (
  client: ControlClient, content: CID, rendition: string, segment: IndexedSegment,
  options: ReadOptions
): Promise<Piece> {
  const { number, size, startMs, durationMs, blocks } = segment
  const id = formatSegmentId({ content, rendition, number })
  const { bytes, sources } = await client.segment(id, { maxBytes: size, ...options })
  if (bytes.byteLength !== size) throw new BlockMismatchError(segment.cid)
  let at = 0
  for (const block of blocks) {
    await checkBlock(block.cid, bytes.subarray(at, at + block.size), sha256)
    at += block.size
  }
  return { bytes, sources, readMs: startMs + durationMs }
}
