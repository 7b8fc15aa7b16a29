/**
 * The index of a finished rendition: all of it stands in pages that never change.
 */

import { NotInManifestError } from '../errors.ts'
import { type LoadedPage, numbered, type PagePlace } from './manifest-reading.ts'
import type { PageLoader } from './page-loader.ts'
import { toMicroseconds } from './timeline.ts'
import type { IndexedSegment, Rendition, SegmentIndex } from './types.ts'

export class PagedIndex implements SegmentIndex {
  readonly rendition: Rendition
  readonly first = 0
  readonly next: number
  readonly isComplete = true
  readonly #pages: PagePlace[]
  readonly #loader: PageLoader
  /** The first segment, where the root says what it is. */
  readonly #start: IndexedSegment | undefined

  constructor (rendition: Rendition, loader: PageLoader) {
    this.rendition = rendition
    this.next = rendition.segments
    this.#pages = places(rendition)
    this.#loader = loader
    const { start } = rendition
    this.#start = start && numbered({ segments: [start] }, { segment: 0, block: 0, startMs: 0 })[0]
  }

  async segment (number: number, options: { signal?: AbortSignal } = {}): Promise<IndexedSegment> {
    const place = Number.isInteger(number) && number >= 0 && number < this.next
      ? this.#pages.findLast(page => page.segment <= number)
      : undefined
    if (place == null) {
      throw new NotInManifestError(
        `rendition ${this.rendition.name} has no segment ${number}, only 0 to ${this.next - 1}`
      )
    }
    if (number === 0 && this.#start != null) return this.#start
    const { segments } = await this.#loader.page(place, options)
    return segments[number - place.segment]!
  }

  async * segments (options: { signal?: AbortSignal } = {}): AsyncGenerator<IndexedSegment> {
    for await (const page of this.pages(options)) {
      yield * page.segments
    }
  }

  /** The pages in order, each loaded when it is asked for. */
  async * pages (options: { signal?: AbortSignal } = {}): AsyncGenerator<LoadedPage> {
    for (const place of this.#pages) {
      yield await this.#loader.page(place, options)
    }
  }

  onGrow (): () => void {
    return () => {} // Nothing is ever added.
  }
}

function places (rendition: Rendition): PagePlace[] {
  let segment = 0
  let block = 0
  let startUs = 0
  return rendition.pages.map((ref, i) => {
    const { start } = rendition
    const place = {
      ref, segment, block, startMs: startUs / 1000, ...(i === 0 && start != null && { start })
    }
    segment += ref.segments
    block += ref.blocks
    startUs += toMicroseconds(ref.durationMs)
    return place
  })
}
