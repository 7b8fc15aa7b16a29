/**
 * The titles there are. in: the catalogue of the gateway that served the page. out: a list to
 * choose from, by mouse and by keyboard.
 */

import { button, byId, element } from '../topology/element.ts'
import { clock, count } from './words.ts'

export interface Title {
  id: string
  title: string
  durationMs: number
}

const MAX_LISTED = 500
const ANSWER_MS = 15_000

export class TitleChooser {
  readonly #choose: (title: Title) => void
  readonly #search = byId<HTMLInputElement>('search')
  #titles: Title[] = []
  #current = ''

  constructor (choose: (title: Title) => void) {
    this.#choose = choose
    this.#search.addEventListener('input', () => { this.#show() })
    this.#search.addEventListener('keydown', ({ key }) => {
      const [first] = key === 'Enter' ? this.#matching() : []
      if (first != null) this.#choose(first)
    })
  }

  /** @throws what fetch throws */
  async load (): Promise<Title[]> {
    const answer = await fetch('../songs', { signal: AbortSignal.timeout(ANSWER_MS) })
    if (!answer.ok) throw new Error(`the list of titles: the gateway answered ${answer.status}`)
    this.#titles = await answer.json() as Title[]
    this.#show()
    return this.#titles
  }

  mark (id: string): void {
    this.#current = id
    this.#show()
  }

  #matching (): Title[] {
    const text = this.#search.value.trim().toLowerCase()
    return this.#titles.filter(({ title, id }) =>
      title.toLowerCase().includes(text) || id === text)
  }

  #show (): void {
    const found = this.#matching()
    byId('titles-state').textContent = found.length === 0
      ? this.#titles.length === 0 ? 'nothing was published yet' : 'no title has that name'
      : found.length > MAX_LISTED ? `${count(found.length, 'title')}, the first ${MAX_LISTED}` : ''
    const had = document.activeElement?.getAttribute('data-id')
    const items = found.slice(0, MAX_LISTED).map(title => this.#item(title))
    byId('titles').replaceChildren(...items)
    // The list was made anew under the hand: focus stays on the title.
    if (had != null) {
      byId('titles').querySelector<HTMLElement>(`[data-id="${CSS.escape(had)}"]`)?.focus()
    }
  }

  #item (title: Title): HTMLLIElement {
    const made = button(() => { this.#choose(title) },
      element('span', { className: 'name' }, title.title),
      element('span', { className: 'number' }, clock(title.durationMs)))
    made.dataset.id = title.id
    if (title.id === this.#current) made.setAttribute('aria-current', 'true')
    return element('li', {}, made)
  }
}
