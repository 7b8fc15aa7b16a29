/**
 * A title as a strip of its segments, each in the colour of where it came from.
 * in: how many there are, news of each as it is played. out: elements, and the same in words.
 */

import { element } from '../topology/element.ts'
import type { BlockOrigin, SegmentNews } from '../player/page-metrics.ts'
import { mainSource, SOURCE_NAMES } from './words.ts'

/** More segments share cells: narrower ones cannot be told apart. */
const MAX_CELLS = 240
const BORDERED = 90

export class Strip {
  readonly #root: HTMLElement
  readonly #playhead = element('b', { ariaHidden: 'true' })
  #cells: HTMLElement[] = []
  #segments = 0
  readonly #sources = new Map<number, BlockOrigin>()

  /** `seek` is told a share of the title, 0 … 1. */
  constructor (root: HTMLElement, seek: (share: number) => void) {
    this.#root = root
    root.addEventListener('click', ({ clientX }) => {
      const { left, width } = root.getBoundingClientRect()
      seek((clientX - left) / width)
    })
  }

  /** An empty strip of another title. */
  clear (): void {
    this.#sources.clear()
    this.#layOut(0)
  }

  /** The title has so many segments. */
  resize (segments: number): void {
    if (segments !== this.#segments) this.#layOut(segments)
  }

  add ({ number, sources }: SegmentNews): void {
    if (number >= this.#segments) this.#layOut(number + 1)
    const source = mainSource(sources)
    this.#sources.set(number, source)
    this.#cells[this.#cellOf(number)]!.dataset.source = source
    this.#describe()
  }

  /** `share` of the title that has been played, 0 … 1. */
  move (share: number): void {
    this.#playhead.style.left = `${Math.min(1, Math.max(0, share)) * 100}%`
  }

  #cellOf (number: number): number {
    return Math.floor(number * this.#cells.length / this.#segments)
  }

  #layOut (segments: number): void {
    this.#segments = segments
    const cells = Math.min(segments, MAX_CELLS)
    this.#cells = Array.from({ length: cells }, () => element('i'))
    this.#root.classList.toggle('many', cells > BORDERED)
    this.#root.replaceChildren(...this.#cells, this.#playhead)
    for (const [number, source] of this.#sources) {
      this.#cells[this.#cellOf(number)]!.dataset.source = source
    }
    this.#describe()
  }

  #describe (): void {
    const counts = Object.entries(SOURCE_NAMES).flatMap(([source, name]) => {
      const number = [...this.#sources.values()].filter(one => one === source).length
      return number === 0 ? [] : [`${number} from ${name}`]
    })
    this.#root.ariaLabel = counts.length === 0
      ? 'No segment yet'
      : `${this.#sources.size} of ${this.#segments} segments: ${counts.join(', ')}`
  }
}
