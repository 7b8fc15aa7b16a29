/**
 * What a listener's node gives up first: the end of the title of least worth.
 * in: uses of blocks, where they stand in their titles, how many others hold a title. out: the next
 * to evict, at the cost of a look at a few titles now and then.
 *
 * A window keeps what was used last, which someone plays or is about to. Behind it a title is worth
 * its plays, each losing half its weight while the store is filled anew; one that few others hold
 * counts a little more. Its blocks go from the last to the first: who plays it again starts at
 * once, and what is left are whole segments but for the one at the cut.
 */

import type { EvictionPolicy, Holders, Spot } from './eviction-policy.ts'
import type { BlockKey } from './key.ts'
import { LruList, LruNode } from './lru-list.ts'
import { SortedBlocks } from './sorted-blocks.ts'

/** Higher: safer for what is read ahead; lower: more room for favourites. */
export const DEFAULT_WINDOW_SHARE = 0.1
/** Times the store is filled anew. Higher: favourites stay; lower: what was just played stays. */
export const DEFAULT_HALF_LIFE_FILLS = 4
/** Titles looked at for a choice: those unused longest. */
const LOOKED_AT = 4096
/** One in so many is chosen at a time: so a title's eviction costs a look at about as many. */
const CHOSEN_OF = 64
/** Titles remembered of which nothing is left. */
const MAX_GONE = 1024
/** What a title that nobody else holds is worth more, in halvings. */
const RARE_BONUS = 0.5

export interface TitleValuesInit {
  /** {@link DEFAULT_WINDOW_SHARE} */
  windowShare?: number
  /** {@link DEFAULT_HALF_LIFE_FILLS} */
  halfLifeFills?: number
}

/** A block of no title is a title of its own. */
type TitleId = number | BlockKey

class Title {
  readonly id: TitleId
  name: string | undefined
  /** Blocks held, also in the window. */
  held = 0
  /** Those behind the window. */
  readonly settled = new SortedBlocks()
  /** The most blocks it is known to have: a long title has more uses, not more plays. */
  extent = 0
  /** log2 of the sum over its uses of 2^(time of use): it needs no ageing. */
  score = Number.NEGATIVE_INFINITY
  /** In the order of titles with settled blocks. */
  readonly node = new LruNode<Title>(this, 0)

  constructor (id: TitleId) {
    this.id = id
  }
}

/** A block, and its place in the window while it is there. */
class Entry extends LruNode<BlockKey> {
  readonly title: Title
  readonly number: number

  constructor (key: BlockKey, cost: number, title: Title, number: number) {
    super(key, cost)
    this.title = title
    this.number = number
  }
}

/** Void once the title was used again. */
interface Choice { title: Title, score: number, worth: number }

export class TitleValues implements EvictionPolicy {
  readonly #windowShare: number
  readonly #halfLifeFills: number
  readonly #entries = new Map<BlockKey, Entry>()
  readonly #titles = new Map<TitleId, Title>()
  /** Longest gone first; bounded by {@link MAX_GONE}. */
  readonly #gone = new Map<TitleId, Title>()
  readonly #window = new LruList<BlockKey>()
  /** Titles that can give something up. */
  readonly #order = new LruList<Title>()
  #cost = 0
  /** In half-lives. */
  #now = 0
  /** Titles to give up next, the one of least worth last. */
  #chosen: Choice[] = []
  #holders: Holders = () => undefined

  constructor (init: TitleValuesInit = {}) {
    this.#windowShare = init.windowShare ?? DEFAULT_WINDOW_SHARE
    this.#halfLifeFills = init.halfLifeFills ?? DEFAULT_HALF_LIFE_FILLS
  }

  weigh (holders: Holders): void {
    this.#holders = holders
  }

  add (key: BlockKey, cost: number, spot?: Spot, name?: string): void {
    this.remove(key)
    const title = this.#title(spot?.title ?? key)
    title.name = name ?? title.name
    title.held++
    // Where nobody says, blocks stand in the order they come, which is mostly that of playing.
    const number = spot?.number ?? title.held - 1
    title.extent = Math.max(title.extent, number + 1)
    const entry = new Entry(key, cost, title, number)
    this.#entries.set(key, entry)
    this.#cost += cost
    this.#now += cost / this.#cost / this.#halfLifeFills
    this.#count(title)
    this.#window.push(entry)
  }

  use (key: BlockKey): void {
    const entry = this.#entries.get(key)
    if (entry == null) return
    this.#count(entry.title)
    this.#unsettle(entry)
    this.#window.push(entry)
  }

  remove (key: BlockKey): void {
    const entry = this.#entries.get(key)
    if (entry == null) return
    const { title, cost } = entry
    this.#entries.delete(key)
    this.#unsettle(entry)
    this.#window.remove(entry)
    this.#cost -= cost
    if (--title.held === 0) this.#forget(title)
  }

  victim (): BlockKey | undefined {
    while (this.#window.cost > this.#cost * this.#windowShare) this.#settle()
    if (this.#choice() == null) this.#choose()
    return this.#choice() ?? this.#window.oldest?.item
  }

  /** The last block of the title chosen. */
  #choice (): BlockKey | undefined {
    for (let choice = this.#chosen.at(-1); choice != null; choice = this.#chosen.at(-1)) {
      const { title, score } = choice
      if (title.score === score && title.settled.last != null) return title.settled.last
      this.#chosen.pop()
    }
    return undefined
  }

  /** Those of least worth among the titles unused longest; rarity decides between near ones. */
  #choose (): void {
    const all: Choice[] = []
    let node = this.#order.oldest
    for (; node != null && all.length < LOOKED_AT; node = node.newer) {
      const { item: title } = node
      all.push({ title, score: title.score, worth: title.score - Math.log2(title.extent) })
    }
    const count = Math.ceil(all.length / CHOSEN_OF)
    const least = all.sort((a, b) => a.worth - b.worth).slice(0, count * 2)
    for (const choice of least) choice.worth += this.#rarity(choice.title)
    this.#chosen = least.sort((a, b) => b.worth - a.worth).slice(-count)
  }

  #rarity ({ name }: Title): number {
    const holders = name == null ? undefined : this.#holders(name)
    return holders == null ? 0 : RARE_BONUS / (1 + holders)
  }

  /** The window's oldest block joins those its title can give up. */
  #settle (): void {
    const { item: key } = this.#window.oldest!
    const entry = this.#entries.get(key)!
    const { title, number } = entry
    this.#window.remove(entry)
    title.settled.insert(number, key)
    if (title.node.list == null) this.#order.push(title.node)
  }

  #unsettle ({ title, number, item, list }: Entry): void {
    if (list === this.#window || !title.settled.delete(number, item)) return
    if (title.settled.last == null) this.#order.remove(title.node)
  }

  #count (title: Title): void {
    const [high, low] = [Math.max(title.score, this.#now), Math.min(title.score, this.#now)]
    title.score = high + Math.log2(1 + 2 ** (low - high))
    if (title.node.list != null) this.#order.push(title.node)
  }

  #title (id: TitleId): Title {
    const title = this.#titles.get(id) ?? this.#gone.get(id) ?? new Title(id)
    this.#gone.delete(id)
    this.#titles.set(id, title)
    return title
  }

  /** Nothing is left of it; its worth is known again should it come back. */
  #forget (title: Title): void {
    this.#titles.delete(title.id)
    if (typeof title.id === 'string') return
    this.#gone.set(title.id, title)
    const [longest] = this.#gone.keys()
    if (this.#gone.size > MAX_GONE) this.#gone.delete(longest!)
  }
}
