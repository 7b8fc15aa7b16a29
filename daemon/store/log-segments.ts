/**
 * The segment files of a log. in: what to write next. out: where it goes, and which file has most
 * holes.
 *
 *   <folder>/<number>
 */

import { mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { LogSegment } from './log-segment.ts'

/** A segment is at least this long, and else this share of the log: that bounds open files. */
export const MIN_SEGMENT_BYTES = 1024 * 1024
const SEGMENT_SHARE = 1 / 128

/** What compaction copied is kept apart: what survived once is likely to survive again. */
export type SegmentKind = 'fresh' | 'survivors'

export class LogSegments {
  readonly #folder: string
  readonly #segments = new Map<number, LogSegment>()
  readonly #writable = new Map<SegmentKind, LogSegment>()

  constructor (folder: string) {
    this.#folder = folder
  }

  async open (): Promise<void> {
    await mkdir(this.#folder, { recursive: true })
    for (const name of await readdir(this.#folder)) await this.#open(Number(name))
    const last = this.#segments.get(Math.max(...this.#segments.keys()))
    if (last != null) this.#writable.set('fresh', last)
  }

  async close (): Promise<void> {
    for (const segment of this.#segments.values()) await segment.close()
    this.#segments.clear()
    this.#writable.clear()
  }

  get (number: number): LogSegment | undefined {
    return this.#segments.get(number)
  }

  /** Bytes of all segments, holes included. */
  get sizeBytes (): number {
    let bytes = 0
    for (const { sizeBytes } of this.#segments.values()) bytes += sizeBytes
    return bytes
  }

  /** The segment that the next bytes of a kind go to. */
  async writable (kind: SegmentKind): Promise<LogSegment> {
    const segment = this.#writable.get(kind)
    const fullBytes = Math.max(MIN_SEGMENT_BYTES, this.sizeBytes * SEGMENT_SHARE)
    if (segment != null && segment.sizeBytes < fullBytes) return segment
    const next = await this.#open(Math.max(0, ...this.#segments.keys()) + 1)
    this.#writable.set(kind, next)
    return next
  }

  /** The one with the largest share of holes, of those that are no longer written. */
  emptiest (): LogSegment | undefined {
    let emptiest: LogSegment | undefined
    let fill = 1
    for (const segment of this.#segments.values()) {
      const itsFill = segment.liveBytes / segment.sizeBytes
      if (itsFill >= fill || this.#isWritable(segment)) continue
      emptiest = segment
      fill = itsFill
    }
    return emptiest
  }

  async remove (segment: LogSegment): Promise<void> {
    this.#segments.delete(segment.number)
    await segment.remove()
  }

  /** Removes those that are nothing but holes: it takes no room to do so. */
  async removeDead (): Promise<void> {
    for (const segment of [...this.#segments.values()]) {
      if (segment.liveBytes === 0 && !this.#isWritable(segment)) await this.remove(segment)
    }
  }

  #isWritable (segment: LogSegment): boolean {
    return [...this.#writable.values()].includes(segment)
  }

  async #open (number: number): Promise<LogSegment> {
    const segment = await LogSegment.open(join(this.#folder, String(number)), number)
    this.#segments.set(number, segment)
    return segment
  }
}
