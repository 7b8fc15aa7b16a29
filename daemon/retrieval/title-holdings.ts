/**
 * Which blocks of one title we hold.
 * in: its renditions, blocks as they are met, CIDs as they come and go. out: bitfields and counts.
 */

import type { CID } from 'multiformats/cid'
import type { NumberedBlock, Rendition } from '../../protocols/content/index.ts'
import type { Holding, Loading } from '../../protocols/exchange/index.ts'
import type { Completeness } from '../discovery/index.ts'
import { MAX_REPORT_PARTS } from '../../protocols/limits.ts'
import { PositionTable } from './position-table.ts'

/**
 * Blocks of one title that are kept account of (at 256 KiB a block, 256 GiB); past it we tell of
 * none.
 */
export const MAX_TRACKED_BLOCKS = 2 ** 20

/** Bitfield bytes in one {@link Holding}, so that it fits a frame. */
export const MAX_BITFIELD_BYTES = 32 * 1024

/** The renditions of a title, and how many blocks each has. */
export interface RenditionBlocks {
  renditions: ReadonlyArray<Pick<Rendition, 'name' | 'blocks'>>
}

/** A place in the title. */
export interface BlockPlace {
  rendition: string
  block: number
}

/** A place where a block came or went. */
export interface ChangedPlace extends BlockPlace {
  /** It was being fetched. */
  wasLoading: boolean
}

interface Track {
  rendition: string
  blocks: number
  held: number
  bits: Uint8Array
  /** As many as are fetched at a time. */
  loading: Set<number>
}

export class TitleHoldings {
  readonly content: CID
  readonly #tracks: Track[] = []
  readonly #positions = new PositionTable()

  constructor (content: CID, { renditions }: RenditionBlocks) {
    this.content = content
    let room = MAX_TRACKED_BLOCKS
    for (const { name, blocks } of renditions) {
      if (blocks <= room) {
        room -= blocks
        const bits = new Uint8Array(Math.ceil(blocks / 8))
        this.#tracks.push({ rendition: name, blocks, held: 0, bits, loading: new Set() })
      }
    }
  }

  /** Blocks held, over all renditions. */
  get held (): number {
    return this.#tracks.reduce((sum, { held }) => sum + held, 0)
  }

  /**
   * Remembers where blocks stand, and takes those as held that `has` says are there. Returns what
   * is new.
   */
  learn (
    rendition: string, blocks: readonly NumberedBlock[], has: (cid: CID) => boolean
  ): ChangedPlace[] {
    const index = this.#tracks.findIndex(track => track.rendition === rendition)
    const track = this.#tracks[index]
    return track == null
      ? []
      : blocks.filter(({ cid, number }) => {
        if (number >= track.blocks) {
          return false
        }
        this.#positions.add(cid, index * MAX_TRACKED_BLOCKS + number)
        return has(cid) && set(track, number, true)
      }).map(({ number }) => ({ rendition, block: number, wasLoading: false }))
  }

  /** True for a block whose place was learnt. */
  contains (cid: CID): boolean {
    return this.#positions.get(cid).length > 0
  }

  /** Where the block stands; empty when that was not learnt. */
  places (cid: CID): BlockPlace[] {
    return this.#positions.get(cid).map(position => ({
      rendition: this.#tracks[Math.floor(position / MAX_TRACKED_BLOCKS)]!.rendition,
      block: position % MAX_TRACKED_BLOCKS
    }))
  }

  /** A block has come or gone. Returns the places where that is new. */
  mark (cid: CID, isHeld: boolean): ChangedPlace[] {
    return this.#positions.get(cid).flatMap(position => {
      const track = this.#tracks[Math.floor(position / MAX_TRACKED_BLOCKS)]!
      const block = position % MAX_TRACKED_BLOCKS
      const wasLoading = track.loading.delete(block)
      const { rendition } = track
      return set(track, block, isHeld) ? [{ rendition, block, wasLoading }] : []
    })
  }

  /** A block is being fetched, or no more. False where that is known, or of no account. */
  load ({ rendition, block }: BlockPlace, isLoading: boolean): boolean {
    const track = this.#tracks.find(track => track.rendition === rendition)
    if (track == null || block >= track.blocks || track.loading.has(block) === isLoading) {
      return false
    }
    if (isLoading) track.loading.add(block)
    else track.loading.delete(block)
    return true
  }

  loading (): Loading[] {
    return this.#tracks.filter(({ loading }) => loading.size > 0)
      .map(({ rendition, loading }) => ({ rendition, blocks: [...loading] }))
  }

  /**
   * What we hold, as neighbours are told: from the first byte with a bit to the last, in pieces.
   */
  holdings (): Holding[] {
    return this.#tracks.filter(({ held }) => held > 0).flatMap(({ rendition, bits }) => {
      const pieces: Holding[] = []
      for (let start = 0; start < bits.length; start += MAX_BITFIELD_BYTES) {
        const piece = bits.subarray(start, start + MAX_BITFIELD_BYTES)
        const first = piece.findIndex(byte => byte !== 0)
        if (first >= 0) {
          const last = piece.findLastIndex(byte => byte !== 0)
          const bitfield = piece.slice(first, last + 1)
          pieces.push({ rendition, base: (start + first) * 8, bitfield })
        }
      }
      return pieces
    })
  }

  /** Of each rendition held in part, how much of each of at most 64 equal parts: 0 … 255. */
  partly (): Array<{ rendition: string, parts: Uint8Array }> {
    return this.#tracks.filter(({ held, blocks }) => held > 0 && held < blocks)
      .map(({ rendition, bits, blocks }) => ({ rendition, parts: shares(bits, blocks) }))
  }

  completeness (): Completeness[] {
    return this.#tracks.map(({ rendition, held, blocks }) => ({ rendition, held, blocks }))
  }
}

/** 0 and 255 only for none and all. */
function shares (bits: Uint8Array, blocks: number): Uint8Array {
  const count = Math.min(MAX_REPORT_PARTS, blocks)
  return Uint8Array.from({ length: count }, (_, i) => {
    const [from, to] = [Math.floor(i * blocks / count), Math.floor((i + 1) * blocks / count)]
    let held = 0
    for (let block = from; block < to; block++) held += bits[block >> 3]! >> (block & 7) & 1
    if (held === 0 || held === to - from) return held === 0 ? 0 : 255
    return Math.min(254, Math.max(1, Math.round(255 * held / (to - from))))
  })
}

/** True when it was otherwise before. */
function set (track: Track, block: number, isHeld: boolean): boolean {
  const byte = track.bits[block >> 3]!
  const mask = 1 << (block & 7)
  if ((byte & mask) !== 0 === isHeld) {
    return false
  }
  track.bits[block >> 3] = byte ^ mask
  track.held += isHeld ? 1 : -1
  return true
}
