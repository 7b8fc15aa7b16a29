/**
 * Segments asked for a moment ago. in: their names as URLs have them. out: a segment from our own
 * store, when it is whole there, at the cost of neither manifest nor index.
 *
 * What is known of a segment is soon forgotten: then the whole way is gone again, by which its
 * title's root and pages stay in the store and neighbours hear that the title is played.
 */

import { LRUCache } from 'lru-cache'
import type { CID } from 'multiformats/cid'
import type { Delivery } from '../retrieval/index.ts'
import type { FileBody, FileHead } from './send-file.ts'
import type { GatewayComponents } from './types.ts'

const RECENT_MS = 10_000
/** A listener of each of as many segments: about a kilobyte each. */
const MAX_SEGMENTS = 2048

interface Segment { head: FileHead, blocks: readonly CID[] }

export class RecentSegments {
  readonly #components: Pick<GatewayComponents, 'store' | 'metrics'>
  readonly #segments = new LRUCache<string, Segment>({
    max: MAX_SEGMENTS, ttl: RECENT_MS, ttlResolution: RECENT_MS / 10
  })

  constructor (components: Pick<GatewayComponents, 'store' | 'metrics'>) {
    this.#components = components
  }

  note (name: string, head: FileHead, blocks: readonly CID[]): void {
    this.#segments.set(name, { head, blocks })
  }

  async find (name: string): Promise<(FileHead & FileBody) | undefined> {
    const segment = this.#segments.get(name)
    if (segment === undefined) return undefined
    const chunks = await this.#read(segment.blocks)
    if (chunks === undefined) return undefined
    return { ...segment.head, chunks, deliveries: chunks.map(chunk => this.#count(chunk)) }
  }

  /** Undefined unless the store gives all of them. */
  async #read (blocks: readonly CID[]): Promise<Uint8Array[] | undefined> {
    const { store } = this.#components
    try {
      if (blocks.length === 1) {
        const chunk = await store.get(blocks[0]!)
        return chunk === undefined ? undefined : [chunk]
      }
      const chunks = await Promise.all(blocks.map(cid => store.get(cid)))
      return chunks.every(chunk => chunk !== undefined) ? chunks : undefined
    } catch {
      return undefined // The store fails: retrieval says so, and gets the blocks elsewhere.
    }
  }

  #count ({ byteLength: bytes }: Uint8Array): Delivery {
    this.#components.metrics.delivered('local', bytes)
    return { source: 'local', path: [], elapsedMs: 0, bytes }
  }
}
