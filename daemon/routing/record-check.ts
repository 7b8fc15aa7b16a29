/**
 * Whether a gossiped record is taken, and passed on.
 * in: bytes, the peer they came from, what belongs on the topic. out: a verdict; what was taken is
 * in the table, whoever passed on what no honest peer would has lost some of its reputation.
 *
 * What costs most, the check of the signature, comes after all that can be said without it, and
 * each peer has an allowance of it.
 */

import { Allowances } from '../../protocols/allowances.ts'
import type { Clock } from '../../protocols/clock.ts'
import { RecordRefusedError } from '../../protocols/errors.ts'
import { MAX_LINK_STATE_BYTES } from '../../protocols/limits.ts'
import type { Verdict } from '../../protocols/pubsub.ts'
import type { LinkState } from '../../protocols/rtt/index.ts'
import type { LinkStateTable } from './link-state.ts'
import type { Offence, Reputation } from './reputation.ts'

export interface RecordCheckComponents {
  table: Pick<LinkStateTable, 'get' | 'put'>
  reputation: Reputation
  /** Reads a signed record: protocols/rtt's openLinkState. */
  open: (bytes: Uint8Array) => Promise<LinkState>
  /** Told of each record that was taken. */
  onTaken: (state: LinkState) => void
  clock: Clock
}

/** What belongs on one topic. */
export interface TopicRules {
  fits: (state: LinkState) => boolean
  /** Whether a node not heard of yet may be added to those that tell there. */
  hasRoom: () => boolean
}

/** Why records were not taken. */
export type Dropped = Exclude<Offence, 'flood' | 'lie'> | 'shunned' | 'hasty' | 'full'

/** Signatures checked for one peer: what some cells have to say at once, then a trickle. */
const CHECKS = { perSecond: 4, burst: 1024 }
/** A node tells twice in this time at most; half of what it shall leave between, for late news. */
const LEAST_GAP_MS = 15_000

/** Answered with `reject`: nobody honest passes it on. */
const PLAIN_FAULTS: ReadonlySet<Dropped> = new Set<Dropped>(['forged', 'oversized', 'misplaced'])
/** Not the passer's fault. */
const FAULTLESS: ReadonlySet<Dropped> = new Set<Dropped>(['shunned', 'hasty', 'full'])

export class RecordCheck {
  readonly #components: RecordCheckComponents
  readonly #checks: Allowances
  readonly #dropped = new Map<Dropped, number>()
  #taken = 0
  #takenBytes = 0

  constructor (components: RecordCheckComponents) {
    this.#components = components
    this.#checks = new Allowances(components, CHECKS)
  }

  get taken (): number { return this.#taken }
  get takenBytes (): number { return this.#takenBytes }
  /** By reason. */
  get dropped (): ReadonlyMap<Dropped, number> { return this.#dropped }

  async check (bytes: Uint8Array, from: string, rules: TopicRules): Promise<Verdict> {
    const early = this.#beforeOpening(bytes, from)
    if (early != null) return this.#drop(early, from)
    let state: LinkState
    try {
      state = await this.#components.open(bytes)
    } catch (err) {
      return this.#drop(refusalOf(err), from)
    }
    const late = this.#afterOpening(state, rules)
    if (late != null) return this.#drop(late, from)
    const { table, onTaken } = this.#components
    if (table.put(state, bytes.byteLength) === 'stale') return this.#drop('stale', from)
    this.#taken++
    this.#takenBytes += bytes.byteLength
    onTaken(state)
    return 'accept'
  }

  #beforeOpening (bytes: Uint8Array, from: string): Dropped | undefined {
    if (this.#components.reputation.isShunned(from)) return 'shunned'
    if (bytes.byteLength > MAX_LINK_STATE_BYTES) return 'oversized'
    return this.#checks.take(from) ? undefined : 'spam'
  }

  #afterOpening (state: LinkState, { fits, hasRoom }: TopicRules): Dropped | undefined {
    const { table, reputation } = this.#components
    if (!fits(state)) return 'misplaced'
    if (reputation.isShunned(state.peer.toString())) return 'shunned'
    const known = table.get(state.peer)
    if (known == null) return hasRoom() ? undefined : 'full'
    if (state.seq <= known.seq) return 'stale'
    return state.issuedAtMs - known.issuedAtMs < LEAST_GAP_MS ? 'hasty' : undefined
  }

  #drop (reason: Dropped, from: string): Verdict {
    this.#dropped.set(reason, (this.#dropped.get(reason) ?? 0) + 1)
    if (!FAULTLESS.has(reason)) this.#components.reputation.blame(from, reason as Offence)
    return PLAIN_FAULTS.has(reason) ? 'reject' : 'ignore'
  }
}

function refusalOf (err: unknown): Dropped {
  if (!(err instanceof RecordRefusedError)) return 'forged'
  return err.reason === 'clock' ? 'clock' : err.reason === 'too-large' ? 'oversized' : 'forged'
}
