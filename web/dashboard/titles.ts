/**
 * The title whose parts are shown: chosen from those that somebody is getting, or by its ID.
 * in: listed titles, a choice. out: who holds which part of it, asked for anew now and then.
 */

import type { Availability, ListedTitle } from '../../protocols/dashboard/index.ts'
import { byId, element } from '../topology/element.ts'
import { count, shortId } from '../topology/words.ts'
import { availabilityOf } from './live.ts'
import { type Parts, partsOf, partsWords, partWords } from './parts.ts'
import { type Cell, PartsPicture } from './parts-picture.ts'

const AGAIN_MS = 10_000

export class Titles {
  readonly #content = byId<HTMLInputElement>('content')
  readonly #rendition = byId<HTMLSelectElement>('rendition')
  readonly #picture: PartsPicture
  #parts: Parts = { rows: [], copies: [] }
  #isChosen = false

  constructor () {
    this.#picture = new PartsPicture(byId<HTMLCanvasElement>('parts'), cell => { this.#say(cell) })
    byId('choice').addEventListener('submit', event => { event.preventDefault() })
    this.#content.addEventListener('change', () => {
      this.#isChosen = true
      this.#rendition.replaceChildren()
      void this.#ask()
    })
    this.#rendition.addEventListener('change', () => { void this.#ask() })
    this.#content.value = new URLSearchParams(location.search).get('content') ?? ''
    this.#isChosen = this.#content.value !== ''
    void this.#ask()
    setInterval(() => { if (!document.hidden) void this.#ask() }, AGAIN_MS)
  }

  /** Until somebody chooses, the title that most are getting. */
  show (titles: readonly ListedTitle[]): void {
    byId('titles').replaceChildren(...titles.map(({ content, rendition, partly }) =>
      element('option', { value: content },
        `${shortId(content)} ${rendition}, ${count(partly, 'node')} hold a part`)))
    if (!this.#isChosen && titles[0] != null && this.#content.value === '') {
      this.#content.value = titles[0].content
      void this.#ask()
    }
  }

  repaint (): void {
    this.#picture.draw()
  }

  async #ask (): Promise<void> {
    const content = this.#content.value.trim()
    const words = byId('parts-words')
    if (content === '') {
      words.textContent = 'Nobody is getting a title now. Any other is found by its content ID.'
      return
    }
    try {
      const availability = await availabilityOf(content, this.#rendition.value)
      if (content !== this.#content.value.trim()) return // Another was asked for meanwhile.
      this.#show(availability)
      words.classList.remove('bad')
    } catch (err) {
      words.textContent = (err as Error).message
      words.classList.add('bad')
    }
  }

  #show (availability: Availability): void {
    const { renditions, rendition } = availability
    this.#parts = partsOf(availability)
    const text = partsWords(availability, this.#parts)
    const words = byId('parts-words')
    if (words.textContent !== text) words.textContent = text
    const options = [...this.#rendition.options].map(({ value }) => value)
    if (options.join() !== renditions.join()) {
      this.#rendition.replaceChildren(...renditions.map(value =>
        element('option', { value, selected: value === rendition }, value)))
    }
    this.#rendition.disabled = renditions.length < 2
    this.#picture.show(this.#parts)
  }

  #say (cell: Cell | undefined): void {
    byId('part-words').textContent =
      cell == null ? '' : partWords(this.#parts, cell.row, cell.part)
  }
}
