/**
 * All titles there are, as an origin has published them.
 * in: names and lengths. out: signed manifests, and each block's bytes, once for all nodes.
 *
 * The bytes are as many as of 128 kbit/s, and mean nothing. Their hashes are known, so that each is
 * made once, however many nodes check it.
 */

import { generateKeyPairFromSeed } from '@libp2p/crypto/keys'
import type { PrivateKey } from '@libp2p/interface'
import type { CID } from 'multiformats/cid'
import { keyOf } from '../../daemon/store/key.ts'
import { firstBlockBytes } from '../../origin/pack.ts'
import type { Sha256 } from '../../protocols/cid.ts'
import {
  type Block, buildManifest, chunkSegment, INIT_FILE, SEGMENT_EXTENSION, type SegmentEntry
} from '../../protocols/content/index.ts'
import { sha256 } from '../../protocols/sha256.ts'
import type { TracedTitle } from '../workload/trace.ts'
import { sharedReading } from './shared-reading.ts'

export interface SimulatedTitle {
  name: string
  id: CID
  rendition: string
  durationMs: number
  /** Of all files. */
  size: number
  /** The init section, which has no duration, then the segments. */
  files: Array<{ name: string, size: number, durationMs: number }>
  /** Of the segments. */
  blocks: number
}

const RENDITION = '128k'
const SEGMENT_MS = 10_000
const BYTES_PER_SECOND = 16_200
const INIT_BYTES = 765

export class Library {
  readonly titles: SimulatedTitle[] = []
  readonly #blocks = new Map<string, Block>()
  readonly #named = new Map<string, Block>()
  readonly #digests = new WeakMap<Uint8Array, Uint8Array>()

  /** Hashes what is of a title only once. */
  readonly sha256: Sha256 = bytes => this.#digests.get(bytes) ?? sha256(bytes)

  /** Reads what is of a manifest only once. */
  readonly reading = sharedReading(this.sha256)

  /** Undefined of what no title has. */
  block (cid: CID): Block | undefined {
    return this.#blocks.get(keyOf(cid))
  }

  /** All there are. */
  blocks (): Iterable<Block> {
    return this.#blocks.values()
  }

  /** The block of that CID's text. */
  named (text: string): Block | undefined {
    return this.#named.get(text)
  }

  async publish (titles: readonly TracedTitle[]): Promise<void> {
    const seed = new Uint8Array(32).fill(1)
    const privateKey = await generateKeyPairFromSeed('Ed25519', seed)
    for (const title of titles) await this.#publish(title, privateKey)
  }

  async #publish ({ name, seconds }: TracedTitle, privateKey: PrivateKey): Promise<void> {
    const init = await this.#chunk(madeBytes(INIT_BYTES, `${name} init`))
    const files = [{ name: INIT_FILE, size: INIT_BYTES, durationMs: 0 }]
    const segments: SegmentEntry[] = []
    for (let atMs = 0; atMs < seconds * 1000; atMs += SEGMENT_MS) {
      const durationMs = Math.min(SEGMENT_MS, Math.round(seconds * 1000 - atMs))
      const size = Math.max(1, Math.round(durationMs / 1000 * BYTES_PER_SECOND))
      const bytes = madeBytes(size, `${name} ${atMs}`)
      const first = atMs === 0 ? firstBlockBytes({ bytes, durationMs }) : undefined
      segments.push({ ...await this.#chunk(bytes, first), durationMs })
      files.push({ name: `${segments.length - 1}${SEGMENT_EXTENSION}`, size, durationMs })
    }
    const { id, blocks } = await buildManifest({
      title: name,
      kind: 'vod',
      renditions: [{
        name: RENDITION,
        bandwidth: 8 * BYTES_PER_SECOND,
        codecs: 'mp4a.40.2',
        init: { cid: init.cid, size: init.size },
        segments
      }]
    }, privateKey, sha256)
    this.#keep(blocks)
    this.titles.push({
      name,
      id,
      rendition: RENDITION,
      durationMs: seconds * 1000,
      size: files.reduce((sum, { size }) => sum + size, 0),
      files,
      blocks: segments.reduce((sum, { blocks }) => sum + (blocks?.length ?? 1), 0)
    })
  }

  async #chunk (
    bytes: Uint8Array, firstBlockBytes?: number
  ): Promise<Omit<SegmentEntry, 'durationMs'>> {
    const { entry, blocks } = await chunkSegment(bytes, {
      sha256, ...(firstBlockBytes != null && { firstBlockBytes })
    })
    this.#keep(blocks)
    return entry
  }

  #keep (blocks: readonly Block[]): void {
    for (const block of blocks) {
      const { cid, bytes } = block
      this.#blocks.set(keyOf(cid), block)
      this.#named.set(cid.toString(), block)
      this.#digests.set(bytes, cid.multihash.digest)
    }
  }
}

/** A name that no other file has, all over: files of several blocks share none with others. */
function madeBytes (size: number, name: string): Uint8Array {
  return Buffer.alloc(size, name)
}
