/**
 * The index of a finished rendition: all of it stands in pages that never change.
 */

import { NotInManifestError } from '../errors.ts'
import type { LoadedPage, PagePlace } from './manifest-reading.ts'
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

  constructor (rendition: Rendition, loader: PageLoader) {
    this.rendition = rendition
    this.next = rendition.segments
    this.#pages = places(rendition)
    this.#loader = loader
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
  return rendition.pages.map(ref => {
    const place = { ref, segment, block, startMs: startUs / 1000 }
    segment += ref.segments
    block += ref.blocks
    startUs += toMicroseconds(ref.durationMs)
    return place
  })
}
