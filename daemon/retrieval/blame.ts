/**
 * What the sources of one block did wrong.
 * in: answers that were none. out: who is banned, paused or left in peace; what the hunt's error
 * says of each.
 */

import type { Logger } from '@libp2p/interface'
import type { CID } from 'multiformats/cid'
import type { PeerBusyError } from '../../protocols/errors.ts'
import type { PenaltyBook } from '../routing/index.ts'
import type { Ask } from './asks.ts'
import { claimOf } from './survey.ts'
import type { BlockBroker, BlockSource, BlockWant, RetrievalMetrics } from './types.ts'

export interface BlameComponents {
  brokers: readonly BlockBroker[]
  penalties: PenaltyBook
  metrics: RetrievalMetrics
  log: Logger
}

/** Sources named in an error, at most. */
const MAX_NOTES = 16

export class Blame {
  readonly #components: BlameComponents
  readonly #cid: CID
  readonly #notes = new Map<string, string>()
  /** Sources that do not have it, by what they were known to hold when asked. */
  readonly without = new Set<string>()
  /** Nodes that have it and no room: others hold it as well. */
  readonly busy = new Set<string>()
  readonly #failed = new Set<string>()

  constructor (components: BlameComponents, cid: CID) {
    this.#components = components
    this.#cid = cid
  }

  /** Some source failed, and may do better when asked again. */
  get hasFailures (): boolean {
    return this.#failed.size > 0
  }

  /**
   * It sent bytes that are not the block's: whoever handed them to us is not asked for anything for
   * long. A relay had to check them.
   */
  liar ({ kind, id, sender = id }: BlockSource): void {
    const { brokers, penalties, metrics, log } = this.#components
    this.#note({ kind, id }, 'sent wrong bytes')
    metrics.mismatch(kind)
    const untilMs = penalties.ban(sender)
    brokers.forEach(broker => { broker.ban(sender, untilMs) })
    log.error('banned %s, which sent wrong bytes for %c of %s', sender, this.#cid, kind)
  }

  /** It does not have the block; if it had told us so by number, it costs it some trust. */
  missing ({ source, startedMs }: Ask, { number }: BlockWant): void {
    this.without.add(claimOf(source))
    // Nor is it asked by another way, unless it says there that it has it.
    this.without.add(claimOf({ id: source.node, holds: 'unknown' }))
    // However it stood before, there is nothing to be had from it now.
    this.busy.delete(source.node)
    this.#failed.delete(source.id)
    this.#note(source, 'does not have it')
    if (source.kind === 'peer' && source.holds === 'have' && number != null) {
      this.#components.penalties.fail(source.id, startedMs)
    }
  }

  failed ({ source, startedMs }: Ask, err: Error, { content }: BlockWant): void {
    const { brokers, penalties, log } = this.#components
    const { kind, id } = source
    this.#note(source, err.message)
    if (err.name === 'PeerBusyError') {
      const { retryAfterMs, providers } = err as PeerBusyError
      if (source.isLastResort === true) {
        this.without.add(claimOf(source))
      }
      this.busy.add(source.node)
      penalties.pause(id, retryAfterMs)
      if (source.node !== id) penalties.pause(source.node, retryAfterMs)
      if (content != null && providers.length > 0) {
        brokers.forEach(broker => { broker.hint?.(content, providers) })
      }
      return
    }
    this.#failed.add(id)
    // One line for a source that fails, not one for each block that it is asked for.
    const say = penalties.fail(id, startedMs) ? log : log.trace
    say('did not get %c from %s %s: %s', this.#cid, kind, id, err.message)
  }

  /**
   * They have had their time, or lost to who was asked later: others should not wait for them. A
   * server that sends others their bytes meanwhile is only full: without it all would fall upon the
   * origin.
   */
  late (asks: readonly Ask[]): void {
    for (const { source, startedMs, heardMs } of asks) {
      if (source.kind === 'peer' || heardMs === startedMs) {
        this.#components.penalties.fail(source.id, startedMs)
      }
    }
  }

  /** Given up, so that another can be asked. */
  gaveUp ({ source }: Ask): void {
    this.#note(source, 'did not answer')
    this.#failed.add(source.id)
  }

  /** What each source said, with those that are asked still. */
  told (waiting: readonly Ask[]): string {
    const silent = waiting.map(({ source: { kind, id } }) => `${kind} ${id}: no answer yet`)
    const notes = [...silent, ...this.#notes.values()].slice(0, MAX_NOTES)
    return notes.length === 0 ? 'no source is known' : notes.join('; ')
  }

  #note ({ kind, id }: Pick<BlockSource, 'kind' | 'id'>, what: string): void {
    if (this.#notes.size < MAX_NOTES) {
      this.#notes.set(id, `${kind} ${id}: ${what}`)
    }
  }
}
