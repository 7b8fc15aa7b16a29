/**
 * What is played here and asked of this node: by its own listeners, by players and peers over HTTP,
 * and by neighbours who say what they are interested in.
 * in: segments, blocks, interest. out: plays by title and segment, lately; kept over restarts.
 *
 * A whole rendition played counts one, a segment its share of it, a neighbour's interest one.
 */

import { readFile } from 'node:fs/promises'
import type { Logger } from '@libp2p/interface'
import type { CID } from 'multiformats/cid'
import { z } from 'zod'
import type { Clock } from '../protocols/clock.ts'
import {
  contentIdIn, formatSegmentId, isContentId, type Manifest
} from '../protocols/content/index.ts'
import { MAX_SEGMENT_BYTES } from '../protocols/limits.ts'
import { DecayingCounts } from './decaying-counts.ts'
import { replaceFile } from './replace-file.ts'
import { diskCost } from './store/index.ts'

/** Higher: tastes change slowly; lower: yesterday's hit is soon forgotten. */
export const HALF_LIFE_MS = 24 * 3600 * 1000
export const MAX_TITLES = 1000
export const MAX_SEGMENTS = 10_000
/** Higher: less writing; lower: less lost by a `kill -9`. */
export const FLUSH_INTERVAL_MS = 30_000
/** For so long a size of segment counts that is not played any more. */
const SEGMENT_COST_MS = 7 * 24 * 3600 * 1000
/** Ten seconds at 128 kbit/s, until something was played. */
const USUAL_SEGMENT_BYTES = 160_000

const counts = z.array(z.tuple([z.string().max(256).refine(namesTitle), z.number().positive()]))
const shape = z.object({
  atMs: z.number().nonnegative(),
  titles: counts.max(MAX_TITLES),
  segments: counts.max(MAX_SEGMENTS),
  segmentCost: z.object({ bytes: z.number().positive(), atMs: z.number() }).optional()
})

export interface PlaysComponents {
  path: string
  clock: Clock
  log: Logger
}

export class Plays {
  readonly #components: PlaysComponents
  readonly #titles: DecayingCounts
  readonly #segments: DecayingCounts
  #segmentCost: { bytes: number, atMs: number } | undefined
  #flushing: NodeJS.Timeout | undefined
  #isDirty = false
  #writing: Promise<void> = Promise.resolve()

  private constructor (components: PlaysComponents) {
    this.#components = components
    const { clock } = components
    this.#titles = new DecayingCounts(clock, { halfLifeMs: HALF_LIFE_MS, maxKeys: MAX_TITLES })
    this.#segments = new DecayingCounts(clock, { halfLifeMs: HALF_LIFE_MS, maxKeys: MAX_SEGMENTS })
  }

  /** Takes up what an earlier run wrote down; a damaged file counts as none. */
  static async open (components: PlaysComponents): Promise<Plays> {
    const plays = new Plays(components)
    await plays.#load()
    return plays
  }

  start (): void {
    if (this.#flushing != null) return
    this.#flushing = setInterval(() => { void this.#flush() }, FLUSH_INTERVAL_MS)
    this.#flushing.unref()
  }

  async stop (): Promise<void> {
    clearInterval(this.#flushing)
    this.#flushing = undefined
    await this.#flush()
  }

  segment (manifest: Manifest, name: string, number: number, times = 1): void {
    const rendition = manifest.root.renditions.find(rendition => rendition.name === name)
    if (rendition == null || number >= rendition.segments) return
    const content = manifest.id
    this.#segments.add(formatSegmentId({ content, rendition: name, number }), times)
    this.#title(content, times / rendition.segments)
    this.#size(diskCost(rendition.size / rendition.blocks) * rendition.blocks / rendition.segments)
  }

  /** So many bytes of a title, by who knows its index better than we do. */
  bytes ({ id, root: { renditions } }: Manifest, bytes: number): void {
    const size = renditions.reduce((sum, { size }) => sum + size, 0)
    if (bytes > 0 && size > 0) this.#title(id, bytes * renditions.length / size)
  }

  /** A neighbour plays the title, or means to. */
  interest (content: CID): void {
    if (isContentId(content)) this.#title(content, 1)
  }

  /** A title that is gone for good. */
  forget (content: CID): void {
    this.#titles.delete(content.toString())
  }

  /** Content IDs played most, the most first. */
  top (titles: number): Array<{ id: string, plays: number }> {
    return this.#titles.top(titles).map(({ key, count }) => ({ id: key, plays: count }))
  }

  /** Segment IDs played most. */
  topSegments (segments: number): Array<{ id: string, plays: number }> {
    return this.#segments.top(segments).map(({ key, count }) => ({ id: key, plays: count }))
  }

  /** What a segment takes on disk: the mean in the largest rendition played lately, in bytes. */
  get segmentCost (): number {
    return this.#segmentCost?.bytes ?? diskCost(USUAL_SEGMENT_BYTES)
  }

  #title (content: CID, share: number): void {
    this.#titles.add(content.toString(), share)
    this.#isDirty = true
  }

  /** A page may claim more for one segment than any segment has. */
  #size (claimed: number): void {
    const bytes = Math.min(claimed, MAX_SEGMENT_BYTES)
    const now = this.#components.clock()
    const known = this.#segmentCost
    if (known == null || bytes >= known.bytes || now - known.atMs > SEGMENT_COST_MS) {
      this.#segmentCost = { bytes, atMs: now }
    }
  }

  async #load (): Promise<void> {
    const { path, log } = this.#components
    try {
      const read = shape.parse(JSON.parse(await readFile(path, 'utf8')))
      this.#titles.load(read.titles, read.atMs)
      this.#segments.load(read.segments, read.atMs)
      this.#segmentCost = read.segmentCost
    } catch (err) {
      if ((err as NodeJS.ErrnoException).code === 'ENOENT') return
      log.error('the counts of plays in %s are damaged and start anew - %e', path, err)
    }
  }

  /** One write at a time, or an older one might be the last. */
  async #flush (): Promise<void> {
    this.#writing = this.#writing.then(() => this.#write())
    await this.#writing
  }

  /** Its loss costs some minutes of counting: no reason to fail. */
  async #write (): Promise<void> {
    if (!this.#isDirty) return
    this.#isDirty = false
    const { path, clock, log } = this.#components
    const written: z.output<typeof shape> = {
      atMs: clock(),
      titles: this.#titles.entries(),
      segments: this.#segments.entries(),
      ...(this.#segmentCost != null && { segmentCost: this.#segmentCost })
    }
    await replaceFile(path, JSON.stringify(written))
      .catch(err => { log.error('cannot write counts of plays down: %e', err) })
  }
}

/** A content ID, or a segment's name, which begins with one. */
function namesTitle (id: string): boolean {
  return contentIdIn(id.split('/', 1)[0]!) != null
}
