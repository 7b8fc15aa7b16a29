/**
 * The search for one block among everybody who may have it.
 * in: a want and the brokers. out: bytes that hash to the CID, from the first source that sent
 * them.
 *
 * {@link nextStep} decides; this carries it out, judges what comes back and tells the penalty book.
 */

import type { Logger } from '@libp2p/interface'
import type { Sha256 } from '../../protocols/cid.ts'
import type { Clock, Random, Timer } from '../../protocols/clock.ts'
import { checkBlock } from '../../protocols/content/check.ts'
import {
  BlockTooLargeError, ContentNotFoundError, DeadlineError, type PeerBusyError
} from '../../protocols/errors.ts'
import type { Priority } from '../../protocols/exchange/index.ts'
import type { PenaltyBook } from '../routing/index.ts'
import { type Ask, Asks } from './asks.ts'
import { type AskStep, nextStep, type Situation } from './pick.ts'
import type {
  BlockBroker, BlockSource, BlockWant, FetchedBlock, RetrievalMetrics
} from './types.ts'

/** Told which blocks we are getting ourselves from an edge, so that neighbours wait for them. */
export interface LoadingBoard {
  loading (want: BlockWant): void
  missing (want: BlockWant): void
}

export interface HuntComponents {
  brokers: readonly BlockBroker[]
  penalties: PenaltyBook
  board: LoadingBoard
  metrics: RetrievalMetrics
  sha256: Sha256
  clock: Clock
  timer: Timer
  random: Random
  log: Logger
}

const URGENCY: readonly Priority[] = ['offline', 'prefetch', 'playing', 'urgent']

/** Sources named in an error, at most. */
const MAX_NOTES = 16

export class Hunt {
  readonly #components: HuntComponents
  readonly #sinceMs: number
  readonly #asks: Asks
  readonly #brokerOf = new WeakMap<BlockSource, BlockBroker>()
  /** Sources that said no, by what they were known to hold when asked. */
  readonly #without = new Set<string>()
  readonly #notes = new Map<string, string>()
  #want: BlockWant
  #isOnBoard = false
  #hasFailures = false
  #found: FetchedBlock | undefined
  #wake: () => void = () => {}

  constructor (components: HuntComponents, want: BlockWant) {
    this.#components = components
    this.#asks = new Asks(components)
    this.#want = want
    this.#sinceMs = components.clock()
  }

  /** Somebody else wants the block too, perhaps more urgently or for longer. */
  raise ({ priority, deadlineMs }: BlockWant): void {
    const { priority: ours, deadlineMs: ourDeadlineMs } = this.#want
    this.#want = {
      ...this.#want,
      priority: URGENCY.indexOf(priority) > URGENCY.indexOf(ours) ? priority : ours,
      deadlineMs: Math.max(deadlineMs, ourDeadlineMs)
    }
    this.#wake()
  }

  /**
   * Ends with the block.
   *
   * @throws ContentNotFoundError when nobody is left to ask, or the signal's reason
   */
  async run (signal: AbortSignal): Promise<FetchedBlock> {
    try {
      while (this.#found == null) {
        signal.throwIfAborted()
        this.#asks.extend()
        const step = nextStep(this.#candidates(), this.#situation(), this.#components.random)
        if (step.do === 'ask') {
          this.#ask(step)
        } else if (step.do === 'wait') {
          await this.#pause(step.ms, signal)
        } else {
          throw this.#notFound()
        }
      }
      return this.#found
    } finally {
      this.#end()
    }
  }

  /** Why the block is not here by its deadline. */
  expired (): Error {
    const isWaiting = this.#asks.size > 0 || this.#hasFailures
    return isWaiting
      ? new DeadlineError(`no source sent ${this.#want.cid} in time (${this.#tried()})`)
      : this.#notFound()
  }

  #notFound (): Error {
    return new ContentNotFoundError(`nobody has ${this.#want.cid} (${this.#tried()})`)
  }

  #tried (): string {
    const waiting = this.#asks.sources().map(({ kind, id }) => `${kind} ${id}: no answer yet`)
    const notes = [...waiting, ...this.#notes.values()].slice(0, MAX_NOTES)
    return notes.length === 0 ? 'no source is known' : notes.join('; ')
  }

  #candidates (): BlockSource[] {
    const { brokers, penalties } = this.#components
    return brokers.flatMap(broker => broker.sources(this.#want).filter(source => {
      this.#brokerOf.set(source, broker)
      return !this.#asks.has(source) && !this.#without.has(claim(source)) &&
        !penalties.isBlocked(source.id)
    }))
  }

  #situation (): Situation {
    const { brokers, clock } = this.#components
    const { content, priority, deadlineMs, size: sizeBytes } = this.#want
    const isSeeking = brokers.some(broker => broker.isSeeking(content))
    return {
      nowMs: clock(),
      sinceMs: this.#sinceMs,
      deadlineMs,
      priority,
      sizeBytes,
      pending: this.#asks.size,
      pendingBudgetMs: this.#asks.budgetEndMs,
      mayImprove: this.#hasFailures || isSeeking
    }
  }

  #ask ({ source, budgetMs, patienceMs }: AskStep<BlockSource>): void {
    this.#blameSilent()
    const givenUp = this.#asks.makeRoom()
    if (givenUp != null) {
      this.#note(givenUp.source, 'did not answer')
      this.#hasFailures = true
    }
    if (source.kind !== 'peer' && !this.#isOnBoard) {
      this.#isOnBoard = true
      this.#components.board.loading(this.#want)
    }
    const ask = this.#asks.open(source, budgetMs, patienceMs)
    void this.#attempt(ask).finally(() => {
      this.#asks.close(ask)
      this.#wake()
    })
  }

  async #attempt (ask: Ask): Promise<void> {
    const { source, controller: { signal } } = ask
    const { cid, size } = this.#want
    try {
      const bytes = await source.fetch(this.#want, { signal })
      if (bytes == null) {
        this.#without.add(claim(source))
        this.#note(source, 'does not have it')
        return
      }
      if (bytes.byteLength > size) {
        throw new BlockTooLargeError(`${bytes.byteLength} bytes came for a block of ${size}`)
      }
      await checkBlock(cid, bytes, this.#components.sha256)
      this.#succeed(source, bytes)
    } catch (err) {
      if (isWrong(err as Error) || !signal.aborted) {
        this.#blame(ask, err as Error)
      }
    }
  }

  #succeed (source: BlockSource, bytes: Uint8Array): void {
    this.#components.penalties.succeed(source.id)
    this.#found ??= {
      bytes,
      delivery: {
        source: source.kind,
        from: source.id,
        path: [source.id],
        ...(source.rttMs != null && { rttMs: source.rttMs }),
        elapsedMs: this.#components.clock() - this.#sinceMs,
        bytes: bytes.byteLength
      }
    }
  }

  #blame ({ source, startedMs }: Ask, err: Error): void {
    const { penalties, metrics, log } = this.#components
    this.#note(source, err.message)
    if (isWrong(err)) {
      metrics.mismatch(source.kind)
      this.#brokerOf.get(source)?.ban(source.id, penalties.ban(source.id))
      const { kind, id } = source
      log.error('banned %s %s, which sent wrong bytes for %c', kind, id, this.#want.cid)
      return
    }
    this.#hasFailures = true
    if (err.name === 'PeerBusyError') {
      penalties.pause(source.id, (err as PeerBusyError).retryAfterMs)
    } else {
      const { kind, id } = source
      // One line for a source that fails, not one for each block that it is asked for.
      const say = penalties.fail(id, startedMs) ? log : log.trace
      say('did not get %c from %s %s: %s', this.#want.cid, kind, id, err.message)
    }
  }

  /**
   * Whoever has had its time counts as failed, so that other fetches do not wait for it as well.
   */
  #blameSilent (): void {
    for (const { source, startedMs } of this.#asks.silent()) {
      this.#components.penalties.fail(source.id, startedMs)
    }
  }

  #note (source: BlockSource, what: string): void {
    if (this.#notes.size < MAX_NOTES) {
      this.#notes.set(source.id, `${source.kind} ${source.id}: ${what}`)
    }
  }

  async #pause (ms: number, signal: AbortSignal): Promise<void> {
    const { brokers, clock, timer } = this.#components
    const turn = new AbortController()
    const dueMs = clock() + ms
    await new Promise<void>(resolve => {
      this.#wake = resolve
      const stopTimer = timer(ms, resolve)
      turn.signal.addEventListener('abort', stopTimer, { once: true })
      signal.addEventListener('abort', () => { resolve() }, { once: true, signal: turn.signal })
      if (this.#asks.size === 0) {
        for (const broker of brokers) {
          void broker.changed({ signal: turn.signal }).then(resolve)
        }
      }
    })
    turn.abort()
    this.#asks.credit(clock() - dueMs)
  }

  #end (): void {
    this.#blameSilent()
    this.#asks.abort()
    if (this.#isOnBoard && this.#found == null) {
      this.#components.board.missing(this.#want)
    }
  }
}

function isWrong ({ name }: Error): boolean {
  return name === 'BlockMismatchError' || name === 'BlockTooLargeError'
}

function claim ({ id, holds }: BlockSource): string {
  return `${id} ${holds === 'have'}`
}
