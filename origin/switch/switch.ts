/**
 * The software switch: up to its limit an edge or origin serves, past it sends to the swarm.
 * in: requests as they begin and end. out: for each an entry, or a refusal that names live peers
 * who hold it.
 *
 * Nobody is sent away who has nowhere to go: not players without a swarm, not edges, and no block
 * that no live peer holds. Some slots are kept for them and for blocks that few hold, whose
 * holders may themselves be busy.
 */

import type { Clock, Random } from '../../protocols/clock.ts'
import type { SwitchStatus } from '../../protocols/control/switch-status.ts'
import type { Admission, Asked, Entry, Refusal } from '../../protocols/exchange/index.ts'
import { AdaptiveLimit, type LimitInit } from './adaptive-limit.ts'

/** Who else has a block. */
export interface Providers {
  /** Live peers that hold it, each with its multiaddrs; empty when nobody is known to. */
  holders (asked: Asked): Array<readonly string[]>
  /** True when we have it ourselves, and need not fetch it first. */
  isHere (asked: Asked): boolean
  /** The title is asked for much: get to know who holds it. */
  follow (asked: Asked): void
}

export interface SwitchComponents {
  providers: Providers
  /** Milliseconds with fractions, which never go back. */
  clock: Clock
  random: Random
}

export interface SwitchInit extends LimitInit {
  /** Share of the limit kept from blocks that others hold as well. */
  reserved: number
  /** Fewer live holders than this are few. */
  fewHolders: number
}

/** What the switch knows when it decides. */
export interface Load { inFlight: number, limit: number, kept: number, fewHolders: number }

/**
 * `room`: below the limit; `kept`: in a slot kept for it; `plain`, `alone`: past the limit, for it
 * has nobody else; `full`, `common`: not served, past the limit or but for the kept slots.
 */
export type Verdict = 'room' | 'kept' | 'plain' | 'alone' | 'full' | 'common'

/** Peers named in one refusal. Higher: more choice; lower: shorter answers. */
const MAX_NAMED = 8
/** Of the limit: from here on it is worth knowing who else has what is asked for. */
const FOLLOW_SHARE = 0.5
const RETRY_MS = 1000
const RETRY_SPREAD_MS = 1000

/** Pure. `holders` is asked only when it matters. */
export function judge (
  { inFlight, limit, kept, fewHolders }: Load, isPlain: boolean, holders: () => number
): Verdict {
  if (inFlight < limit - (isPlain ? 0 : kept)) return 'room'
  if (isPlain) return 'plain'
  const live = holders()
  if (live === 0) return 'alone'
  if (inFlight >= limit) return 'full'
  return live < fewHolders ? 'kept' : 'common'
}

export class Switch implements Admission {
  readonly #components: SwitchComponents
  readonly #init: SwitchInit
  readonly #limit: AdaptiveLimit
  readonly #count: Record<Verdict, number> =
    { room: 0, kept: 0, plain: 0, alone: 0, full: 0, common: 0 }
  #inFlight = 0

  constructor (components: SwitchComponents, init: SwitchInit) {
    this.#components = components
    this.#init = init
    this.#limit = new AdaptiveLimit(init)
  }

  enter (asked: Asked): Entry | Refusal {
    const { providers } = this.#components
    const load = this.#load()
    let holders: Array<readonly string[]> = []
    const verdict = judge(load, asked.isPlain, () => {
      holders = providers.holders(asked)
      return holders.length
    })
    this.#count[verdict]++
    if (load.inFlight >= load.limit * FOLLOW_SHARE) providers.follow(asked)
    if (verdict === 'full' || verdict === 'common') return this.#refusal(holders)
    const isCommon = verdict === 'room' && !asked.isPlain
    return this.#entry(providers.isHere(asked), load.limit - (isCommon ? load.kept : 0))
  }

  status (): SwitchStatus {
    const { inFlight, limit } = this.#load()
    const { full, common, ...served } = this.#count
    return { limit, inFlight, served, refused: { full, common } }
  }

  #load (): Load {
    const limit = this.#limit.value
    const { reserved, fewHolders } = this.#init
    // One slot at least is everybody's.
    const kept = Math.min(limit - 1, Math.ceil(limit * reserved))
    return { inFlight: this.#inFlight, limit, kept, fewHolders }
  }

  /** What is fetched first tells of others' speed, not of ours. */
  #entry (isHere: boolean, room: number): Entry {
    const { clock } = this.#components
    const startMs = clock()
    const inFlight = ++this.#inFlight
    let isOver = false
    return {
      leave: (isMeasured = true) => {
        if (isOver) return
        isOver = true
        this.#inFlight--
        const nowMs = clock()
        if (!isMeasured || !isHere) return
        this.#limit.add({ latencyMs: nowMs - startMs, inFlight, room }, nowMs)
      }
    }
  }

  /** Not at the same moment for all, or they would all come back at once. */
  #refusal (holders: Array<readonly string[]>): Refusal {
    const { random } = this.#components
    const first = Math.floor(random() * holders.length)
    const named = [...holders.slice(first), ...holders.slice(0, first)].slice(0, MAX_NAMED)
    return {
      retryAfterMs: Math.round(RETRY_MS + random() * RETRY_SPREAD_MS), providers: named.flat()
    }
  }
}
