/**
 * Where what is played came from.
 * in: the blocks that came to the page's node, the segments that were given to the player. out: of
 * each segment its sources, and of all of them the sum.
 *
 * A segment is mostly in the store when the player asks for it, since it was fetched ahead: its
 * sources are those its blocks came from then. Pure.
 */

import type { CID } from 'multiformats/cid'
import type { NumberedBlock } from '../../protocols/content/index.ts'

export type BlockOrigin = 'cache' | 'peer' | 'edge' | 'origin'

/** A block that came to the node. */
export interface CameBlock {
  cid: CID
  source: BlockOrigin
  /** Peer ID or URL. */
  from?: string
  bytes: number
}

/** A segment that is about to be played. */
export interface SegmentNews {
  content: string
  rendition: string
  number: number
  startMs: number
  durationMs: number
  /** Bytes by source; what was here before this visit is `cache`. */
  sources: Record<BlockOrigin, number>
  /** Peer IDs and URLs, those that sent most first. */
  from: string[]
}

export interface PageMetrics {
  /** Bytes that came to this page, by source; what was here before is not among them. */
  received: Record<Exclude<BlockOrigin, 'cache'>, number>
  /** Bytes of the segments given to players, by source. */
  played: Record<BlockOrigin, number>
  segments: number
  /** Share of what was played that no server sent on this visit, 0 … 1. */
  offload: number
}

/** Blocks of which the source is remembered: some hours of music, half an hour of film. */
const MAX_REMEMBERED = 4096

export class PlayedSources {
  readonly #came = new Map<string, Pick<CameBlock, 'source' | 'from'>>()
  readonly #received = { peer: 0, edge: 0, origin: 0 }
  readonly #played = none()
  #segments = 0

  came ({ cid, source, from, bytes }: CameBlock): void {
    if (source === 'cache') return
    this.#received[source] += bytes
    const key = cid.toString()
    this.#came.delete(key)
    this.#came.set(key, { source, ...(from != null && { from }) })
    const [oldest] = this.#came.keys()
    if (this.#came.size > MAX_REMEMBERED) this.#came.delete(oldest!)
  }

  /** The sources of a segment whose blocks are all here. */
  given (
    { content, blocks, rendition, number, startMs, durationMs }:
      Omit<SegmentNews, 'content' | 'sources' | 'from'> &
      { content: CID, blocks: readonly NumberedBlock[] }
  ): SegmentNews {
    const sources = none()
    const senders = new Map<string, number>()
    for (const { cid, size } of blocks) {
      const { source = 'cache', from } = this.#came.get(cid.toString()) ?? {}
      sources[source] += size
      this.#played[source] += size
      if (from != null) senders.set(from, (senders.get(from) ?? 0) + size)
    }
    this.#segments++
    const from = [...senders].sort(([, a], [, b]) => b - a).map(([sender]) => sender)
    return { content: content.toString(), rendition, number, startMs, durationMs, sources, from }
  }

  read (): PageMetrics {
    const { cache, peer, edge, origin } = this.#played
    const all = cache + peer + edge + origin
    return {
      received: { ...this.#received },
      played: { ...this.#played },
      segments: this.#segments,
      offload: all === 0 ? 0 : (cache + peer) / all
    }
  }
}

const none = (): Record<BlockOrigin, number> => ({ cache: 0, peer: 0, edge: 0, origin: 0 })
