/**
 * A listener's duty to its swarm: the blocks that are ours to get, beyond what is played soon.
 * in: a rendition, where the listener's window ends, who else wants the title. out: blocks in the
 * store that nobody near has, so that a crowd gets each from a server once.
 *
 * It goes on while the listener listens, within a bound of bytes and of fetches at a time.
 */

import type { Logger } from '@libp2p/interface'
import type { Clock, Timer } from '../../protocols/clock.ts'
import type { NumberedBlock, SegmentIndex } from '../../protocols/content/index.ts'
import type { Store } from '../store/index.ts'
import { pause } from './abort.ts'
import type { PeerBroker } from './peer-broker.ts'
import type { Place } from './read-ahead.ts'
import type { BlockWant, Retrieval } from './types.ts'

export interface SeedingComponents {
  retrieval: Pick<Retrieval, 'block'>
  store: Pick<Store, 'has'>
  crowd: Pick<PeerBroker, 'isOurs' | 'isAround'>
  clock: Clock
  timer: Timer
  log: Logger
}

export interface SeedingInit {
  /** Fetched by one listener, {@link DEFAULT_SEED_BYTES}. Higher: swarms of few hold more. */
  maxBytes?: number
}

export interface Listener {
  /** False once it has stopped asking. */
  isPresent: () => boolean
  /** False while something it waits for must not be delayed. */
  isAtRest: () => boolean
  /** One past the last segment that is fetched ahead anyway. */
  beyond: () => number
}

export const DEFAULT_SEED_BYTES = 64 * 1024 * 1024

/** Blocks at a time. Higher: a crowd has all of it sooner; lower: the server is left in peace. */
const PARALLEL_BLOCKS = 2
/** How often it looks again: for members who came and went, for listeners who went on. */
const LOOK_MS = 2_000
const REST_MS = 200
const PATIENCE_MS = 30_000
/** Segments looked at in one round; what is further on is reached as the listener goes on. */
const MAX_LOOKED_AT = 2_000

export class Seeding {
  readonly #components: SeedingComponents
  readonly #place: Place
  readonly #listener: Listener
  #bytesLeft: number

  constructor (
    components: SeedingComponents, place: Place, listener: Listener, init: SeedingInit = {}
  ) {
    this.#components = components
    this.#place = place
    this.#listener = listener
    this.#bytesLeft = init.maxBytes ?? DEFAULT_SEED_BYTES
  }

  /** Until the listener is gone, the bound is reached or the signal aborts. Never rejects. */
  async run (index: SegmentIndex, signal: AbortSignal): Promise<void> {
    const { timer, log } = this.#components
    try {
      while (!signal.aborted && this.#bytesLeft > 0 && this.#listener.isPresent()) {
        const blocks = this.#duties(index, signal)
        const work = async () => {
          for await (const block of blocks) {
            await this.#fetch(block, signal)
          }
        }
        await Promise.all(Array.from({ length: PARALLEL_BLOCKS }, work))
        await pause(timer, LOOK_MS, signal)
      }
    } catch (err) {
      if (!signal.aborted) {
        log('stopped sharing in %c - %e', this.#place.content, err)
      }
    }
  }

  /** What is ours to get, from beyond the window to the end, then from the beginning. */
  async * #duties (index: SegmentIndex, signal: AbortSignal): AsyncGenerator<NumberedBlock> {
    const { timer } = this.#components
    const segments = index.next - index.first
    const from = this.#listener.beyond() - index.first
    for (let n = 0; n < Math.min(segments, MAX_LOOKED_AT); n++) {
      const number = index.first + (from + n) % segments
      const { blocks } = await index.segment(number, { signal })
      for (const block of blocks.filter(block => this.#isDue(block))) {
        while (!this.#listener.isAtRest() && !signal.aborted) {
          await pause(timer, REST_MS, signal)
        }
        if (signal.aborted || this.#bytesLeft <= 0 || !this.#listener.isPresent()) {
          return
        }
        // While it rested somebody may have got it.
        if (this.#isDue(block)) {
          this.#bytesLeft -= block.size
          yield block
        }
      }
    }
  }

  #isDue (block: NumberedBlock): boolean {
    const { store, crowd } = this.#components
    const want = this.#want(block)
    return !store.has(block.cid) && crowd.isOurs(want) && !crowd.isAround(want)
  }

  async #fetch (block: NumberedBlock, signal: AbortSignal): Promise<void> {
    try {
      await this.#components.retrieval.block(this.#want(block), { signal })
    } catch (err) {
      signal.throwIfAborted()
      this.#components.log.trace('could not share block %d - %e', block.number, err)
    }
  }

  #want (block: NumberedBlock): BlockWant {
    const deadlineMs = this.#components.clock() + PATIENCE_MS
    return { ...block, ...this.#place, priority: 'prefetch', deadlineMs, neededMs: deadlineMs }
  }
}
