/**
 * The tracker's rules: who may say what, and whom it names to an asker.
 * in: signed envelopes and questions, over libp2p or HTTP alike.
 * out: providers, or a named refusal with nothing changed.
 */

import type { Logger } from '@libp2p/interface'
import type { CID } from 'multiformats/cid'
import type { Clock, Random } from '../protocols/clock.ts'
import { InvalidMessageError, RecordRefusedError } from '../protocols/errors.ts'
import { MAX_PROVIDERS } from '../protocols/limits.ts'
import type {
  AnnouncedTitle, Caller, NodeRecord, RecordRules, TrackedProvider, TrackerService
} from '../protocols/tracker/index.ts'
import {
  openStatement, type Statement, type StatementKind
} from '../protocols/tracker/statement.ts'
import { Audience } from './audience.ts'
import { fitAnswer } from './fit-answer.ts'
import { handout } from './handout.ts'
import { KnownSigners } from './known-signers.ts'
import { assertObserved } from './observed-address.ts'
import type {
  CountedNode, KeptNode, StoredProvider, StoreSize, TrackedNode, TrackerStore
} from './store.ts'
import { DEFAULT_STORE_LIMITS, MAX_CANDIDATES } from './store-limits.ts'
import { type RateLimit, TokenBuckets } from './token-buckets.ts'

/** A node silent for so long is gone. Higher: heartbeats may be rarer; lower: fewer dead names. */
export const DEFAULT_TTL_MS = 120_000
export const DEFAULT_REAP_INTERVAL_MS = 30_000
/** Of one address over libp2p: generous, as a household or an office speaks from one. */
export const DEFAULT_ADDRESS_RATE: RateLimit = { perSecond: 100, burst: 1_000 }
/** Of one node, by whatever transport. */
export const DEFAULT_NODE_RATE: RateLimit = { perSecond: 5, burst: 100 }

export interface BootstrapTrackerInit extends Omit<RecordRules, 'clock' | 'signerOf'> {
  /** {@link DEFAULT_TTL_MS} */
  ttlMs?: number
  /** {@link DEFAULT_REAP_INTERVAL_MS} */
  reapIntervalMs?: number
  /** {@link DEFAULT_ADDRESS_RATE} */
  addressRate?: RateLimit
  /** {@link DEFAULT_NODE_RATE} */
  nodeRate?: RateLimit
}

type Candidate = KeptNode & Pick<TrackedProvider, 'renditions' | 'interested'>

export interface BootstrapTrackerComponents {
  store: TrackerStore
  clock?: Clock
  random?: Random
  log?: Logger
}

export class BootstrapTracker implements TrackerService {
  readonly #store: TrackerStore
  readonly #clock: Clock
  readonly #random: Random
  readonly #log: Logger | undefined
  readonly #rules: RecordRules
  readonly #ttlMs: number
  readonly #reapIntervalMs: number
  readonly #byAddress: TokenBuckets
  readonly #byNode: TokenBuckets
  readonly #audience: Audience
  #reaper: ReturnType<typeof setInterval> | undefined

  constructor (components: BootstrapTrackerComponents, init: BootstrapTrackerInit) {
    this.#store = components.store
    this.#clock = components.clock ?? Date.now
    this.#random = components.random ?? Math.random
    this.#log = components.log
    const { network, operatorKey } = init
    const signers = new KnownSigners()
    this.#rules = { network, operatorKey, clock: this.#clock, signerOf: key => signers.of(key) }
    this.#ttlMs = init.ttlMs ?? DEFAULT_TTL_MS
    this.#reapIntervalMs = init.reapIntervalMs ?? DEFAULT_REAP_INTERVAL_MS
    this.#byAddress = new TokenBuckets(init.addressRate ?? DEFAULT_ADDRESS_RATE, this.#clock)
    this.#byNode = new TokenBuckets(init.nodeRate ?? DEFAULT_NODE_RATE, this.#clock)
    this.#audience = new Audience({ clock: this.#clock })
  }

  async start (): Promise<void> {
    await this.#store.start?.()
    this.#reaper ??= setInterval(() => {
      this.reap().catch(err => this.#log?.error('could not reap - %e', err))
    }, this.#reapIntervalMs)
  }

  async stop (): Promise<void> {
    clearInterval(this.#reaper)
    this.#reaper = undefined
    await this.#store.stop?.()
  }

  admit ({ ip, peer }: Caller): void {
    if (ip != null) {
      this.#byAddress.take(ip)
    }
    if (peer != null) {
      this.#byNode.take(`${peer}`)
    }
  }

  /** `check` throws what a statement lacks that a caller asks of it beyond the tracker's rules. */
  async submit (
    kind: StatementKind, envelope: Uint8Array, caller: Caller,
    check: (statement: Statement) => void = () => {}
  ): Promise<{ known: boolean }> {
    const statement = await openStatement(envelope, this.#rules)
    if (statement.kind !== kind) {
      throw new InvalidMessageError(`this is "${statement.kind}", sent as "${kind}"`)
    }
    this.#assertSpeaker(statement, caller)
    check(statement)
    return await this.#take(statement)
  }

  async lookup (content: CID, caller: Caller): Promise<TrackedProvider[]> {
    const holders = await this.#store.providers(content, this.#sinceMs(), MAX_CANDIDATES)
    if (caller.peer == null) return this.#handOut(holders, caller)
    const peer = `${caller.peer}`
    const wanting = this.#audience.of(content)
    const done = new Set([peer])
    const candidates: Candidate[] = holders.map(holder => {
      const { sketch } = holder
      if (!wanting.has(sketch.peer)) return holder
      done.add(sketch.peer)
      return { ...holder, interested: true }
    })
    // The last to ask, as many as an answer names.
    const last = [...wanting.keys()].slice(-MAX_PROVIDERS - done.size)
    const others = last.filter(one => !done.has(one)).slice(-MAX_PROVIDERS)
    const nodes = await this.#store.named([peer, ...others])
    const asker = nodes.get(peer)?.record
    nodes.delete(peer)
    for (const node of nodes.values()) candidates.push({ ...node, interested: true })
    // Whoever asks is about to play it. Only what is registered can be handed out.
    if (asker?.role === 'peer') this.#audience.add(content, peer)
    return this.#handOut(candidates, caller, asker)
  }

  async httpSources (caller: Caller): Promise<TrackedProvider[]> {
    const [nodes, asker] = await Promise.all([
      this.#store.httpNodes(this.#sinceMs()),
      caller.peer == null ? undefined : this.#store.node(`${caller.peer}`)
    ])
    return this.#handOut(nodes, caller, asker?.record)
  }

  async resolve (segment: CID): Promise<CID | undefined> {
    return await this.#store.resolve(segment)
  }

  /** The live nodes, at most `limit`, for whoever draws them. */
  async nodes (limit: number): Promise<CountedNode[]> {
    return await this.#store.nodes(this.#sinceMs(), limit)
  }

  async node (peer: string): Promise<TrackedNode | undefined> {
    return await this.#store.node(peer)
  }

  /** Peer IDs of the live nodes that hold some of the title: all, and not only those to ask. */
  async holders (content: CID): Promise<Set<string>> {
    const { maxProvidersPerTitle } = DEFAULT_STORE_LIMITS
    const holders = await this.#store.providers(content, this.#sinceMs(), maxProvidersPerTitle)
    return new Set(holders.map(({ record }) => record.peer.toString()))
  }

  /** How many registered nodes play the title, or are about to. */
  async audience (content: CID): Promise<number> {
    const wanting = [...this.#audience.of(content).keys()]
    return wanting.length === 0 ? 0 : (await this.#store.named(wanting)).size
  }

  /** At most `limit` live peers that hold some of the title, and servers, with how much. */
  async holdings (content: CID, limit: number): Promise<StoredProvider[]> {
    return await this.#store.providers(content, this.#sinceMs(), limit)
  }

  /** For the operator: a node that lives is back with its next heartbeat. */
  async forget (peer: string): Promise<{ known: boolean }> {
    return await this.#store.forget(peer)
  }

  /** Forgets the silent; the timer calls it. */
  async reap (): Promise<number> {
    const gone = await this.#store.expire(this.#sinceMs())
    if (gone > 0) {
      this.#log?.('forgot %d silent nodes', gone)
    }
    return gone
  }

  async size (): Promise<StoreSize> {
    return await this.#store.size()
  }

  #sinceMs (): number {
    return this.#clock() - this.#ttlMs
  }

  /** Nobody announces for another, and nobody names addresses that are not its own. */
  #assertSpeaker ({ peer, node }: Statement, caller: Caller): void {
    if (caller.peer != null && !caller.peer.equals(peer)) {
      throw new RecordRefusedError(
        'signer', `${caller.peer} brings a statement of ${peer}: each node announces itself only`
      )
    }
    if (caller.peer == null) {
      this.#byNode.take(`${peer}`)
    }
    // An operator vouches for the addresses of edges and origins, which may be reached by another
    // way than they speak.
    const isServer = node?.role === 'edge' || node?.role === 'origin'
    const isEndorsed = this.#rules.operatorKey != null && isServer
    if (node != null && !isEndorsed) {
      assertObserved(node, caller.ip)
    }
  }

  async #take (statement: Statement): Promise<{ known: boolean }> {
    const { peer, seq } = statement
    switch (statement.kind) {
      case 'withdraw': return await this.#store.withdraw(`${peer}`, seq, statement.contents)
      case 'leave': return await this.#store.leave(`${peer}`, seq)
      default: {
        const node = { record: statement.node!, envelope: statement.record, ...reportIn(statement) }
        const titles = statement.kind === 'announce' ? statement.titles : []
        const told = titles.map(title => believed(title, node))
        return await this.#store.register(node, seq, told, this.#clock())
      }
    }
  }

  #handOut (candidates: Candidate[], caller: Caller, asker?: NodeRecord): TrackedProvider[] {
    const { rtts, coordinate } = asker ?? {}
    const from = {
      peer: caller.peer?.toString(), region: caller.region ?? asker?.region, rtts, coordinate
    }
    return fitAnswer(
      handout(candidates, from, { limit: MAX_PROVIDERS, random: this.#random }))
  }
}

/** Copied: it is a part of the message, which it would keep. */
function reportIn (statement: Statement): { report?: Uint8Array } {
  return statement.kind === 'heartbeat' && statement.report != null
    ? { report: Uint8Array.from(statement.report) }
    : {}
}

/** Only an origin knows which segments a title has; others could fill the map with nonsense. */
function believed (title: AnnouncedTitle, { record }: TrackedNode): AnnouncedTitle {
  return record.role === 'origin' ? title : { content: title.content, renditions: title.renditions }
}
