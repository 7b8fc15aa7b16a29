/**
 * A source that is asked only when others do not tell enough: an answer of the DHT costs a dozen
 * messages, and a crowd that comes together would have them all at once.
 * in: sources that answer soon and cheaply, and one behind them. out: one source.
 */

import { LRUCache } from 'lru-cache'
import type { CID } from 'multiformats/cid'
import type { Clock, Timer } from '../../protocols/clock.ts'
import { upTo } from '../../protocols/lru-bound.ts'
import { mergeSources } from './merge.ts'
import { pause } from './pause.ts'
import type { Provider, ProviderSource } from './types.ts'

export interface FallbackComponents {
  /** Asked at once. */
  first: Pick<ProviderSource, 'find'>
  /** Asked at once when those have ended and named nobody, else after a while, or not at all. */
  fallback: ProviderSource
  /** True while servers send us the title: then nobody waits for whom the fallback may name. */
  isServed?: (content: CID) => boolean
  /** False while nobody whom the fallback may name would be asked. */
  isOfUse?: () => boolean
  clock: Clock
  timer: Timer
}

export interface FallbackInit {
  /** {@link DEFAULT_FALLBACK_AFTER_MS} */
  afterMs?: number
  /** {@link DEFAULT_ENOUGH_PEERS} */
  enough?: number
  /** {@link DEFAULT_FALLBACK_EVERY_MS} */
  everyMs?: number
}

/** Higher: fewer lookups; lower: a slow tracker delays less. */
export const DEFAULT_FALLBACK_AFTER_MS = 500
/**
 * Peers, besides edges and origins. Higher: a tracker that names few, or those gone, is not relied
 * on; lower: fewer lookups.
 */
export const DEFAULT_ENOUGH_PEERS = 2
/**
 * Between two questions about one title of which somebody was named: a title is looked for again
 * and again while it is played. Higher: fewer lookups; lower: whom the tracker does not know of is
 * found sooner.
 */
export const DEFAULT_FALLBACK_EVERY_MS = 300_000

/**
 * And of which nobody was named, while servers send it. Higher: fewer lookups by a node that just
 * began to play; lower: whom no tracker knows of takes load from servers sooner.
 */
const SERVED_EVERY_MS = 10_000

/** Titles of which it is remembered; the longest not asked about is asked about again. */
const MAX_REMEMBERED = 4096

export function withFallback (
  components: FallbackComponents, init: FallbackInit = {}
): Pick<ProviderSource, 'find'> {
  const { everyMs = DEFAULT_FALLBACK_EVERY_MS } = init
  const { isServed = () => false, isOfUse = () => true } = components
  const [named, unnamed] = [paced(components.clock), paced(components.clock)]
  const isDue = (content: CID, told: number): boolean => isOfUse() && (told > 0
    ? named(content, everyMs)
    : unnamed(content, isServed(content) ? SERVED_EVERY_MS : 0))
  return {
    find: (content, options) => {
      const search = new Search({ ...components, isDue }, init)
      const { name } = components.fallback
      return mergeSources([
        { name, find: (content, options) => search.first(content, options) },
        { name, find: (content, options) => search.fallback(content, options) }
      ]).find(content, options)
    }
  }
}

/** True when the last time it was true of the title is so long ago. */
function paced (clock: Clock): (content: CID, everyMs: number) => boolean {
  const last = new LRUCache<string, number>(upTo(MAX_REMEMBERED))
  return (content, everyMs) => {
    const now = clock()
    const isDue = (last.get(content.toString()) ?? -Infinity) + everyMs <= now
    if (isDue) last.set(content.toString(), now)
    return isDue
  }
}

interface SearchComponents extends FallbackComponents {
  /** Whether it is time to ask about a title of which so many were told. */
  isDue: (content: CID, told: number) => boolean
}

class Search {
  readonly #components: SearchComponents
  readonly #afterMs: number
  readonly #enough: number
  readonly #isNeeded = Promise.withResolvers<boolean>()
  #told = 0
  #peers = 0

  constructor (
    components: SearchComponents,
    { afterMs = DEFAULT_FALLBACK_AFTER_MS, enough = DEFAULT_ENOUGH_PEERS }: FallbackInit
  ) {
    this.#components = components
    this.#afterMs = afterMs
    this.#enough = enough
  }

  async * first (content: CID, options: { signal: AbortSignal }): AsyncGenerator<Provider> {
    for await (const provider of this.#components.first.find(content, options)) {
      // Who wants it as we do, or is us by another way, has nothing yet.
      if (provider.isInterested !== true) this.#told++
      if (provider.role !== 'edge' && provider.role !== 'origin') this.#peers++
      yield provider
    }
    if (this.#told === 0 || this.#hasEnough) this.#isNeeded.resolve(!this.#hasEnough)
  }

  async * fallback (content: CID, options: { signal: AbortSignal }): AsyncGenerator<Provider> {
    const { fallback, timer, isDue } = this.#components
    const decided = new AbortController()
    const waited = pause(timer, this.#afterMs, AbortSignal.any([options.signal, decided.signal]))
      .then(() => !this.#hasEnough)
    const isNeeded = await Promise.race([this.#isNeeded.promise, waited])
    decided.abort()
    if (isNeeded && !options.signal.aborted && isDue(content, this.#told)) {
      yield * fallback.find(content, options)
    }
  }

  get #hasEnough (): boolean {
    return this.#peers >= this.#enough
  }
}
