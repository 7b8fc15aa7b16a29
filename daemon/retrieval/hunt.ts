/**
 * The search for one block among everybody who may have it.
 * in: a want and the brokers. out: bytes that hash to the CID, from the first source that sent
 * them, or put together from what several sent.
 *
 * {@link nextStep} decides; this carries it out and judges what comes back.
 */

import type { Logger } from '@libp2p/interface'
import type { Sha256 } from '../../protocols/cid.ts'
import type { Clock, Random, Timer } from '../../protocols/clock.ts'
import { ContentNotFoundError, DeadlineError, UpstreamError } from '../../protocols/errors.ts'
import type { Priority } from '../../protocols/exchange/index.ts'
import type { PenaltyBook } from '../routing/index.ts'
import { ENDED } from './abort.ts'
import type { AnswerTimes } from './answer-times.ts'
import { type Ask, Asks } from './asks.ts'
import { Assembly } from './assembly.ts'
import { Blame } from './blame.ts'
import { deliveryOf } from './delivery-of.ts'
import type { HedgeBudget } from './hedge-budget.ts'
import { askable } from './origin-turn.ts'
import { lengthOf } from './parts.ts'
import { bestServer, expectedMs, IDLE_TICK_MS, MAX_PARALLEL_ASKS, nextStep } from './pick.ts'
import { limitMs, type Situation } from './situation.ts'
import { type Survey, survey } from './survey.ts'
import type {
  BlockBroker, BlockSource, BlockWant, FetchedBlock, RetrievalMetrics, RetrievalPolicy
} from './types.ts'
import { priorityOf } from './urgency.ts'
import { Waste } from './waste.ts'

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
  budget: HedgeBudget
  times: AnswerTimes
  /** `peers-first` unless said otherwise. */
  policy?: RetrievalPolicy
  peerTimeMs?: number
}

/**
 * When all who may have a block fail, whoever waits for it is told after so long. Higher: rides out
 * longer failures; lower: players hear sooner.
 */
export const FAILURE_MS = 2_500

const URGENCY: readonly Priority[] = ['offline', 'prefetch', 'playing', 'urgent']

export class Hunt {
  readonly #components: HuntComponents
  readonly #sinceMs: number
  readonly #asks: Asks
  readonly #assembly: Assembly
  readonly #blame: Blame
  readonly #waste: Waste
  #want: BlockWant
  /** Since when somebody waits. */
  #awaitedMs: number
  #askedMs: number | undefined
  #isOnBoard = false
  #found: FetchedBlock | undefined
  #endRace: () => void = () => {}
  #wake: () => void = () => {}

  constructor (components: HuntComponents, want: BlockWant) {
    this.#components = components
    this.#asks = new Asks(components)
    this.#assembly = new Assembly(components)
    this.#blame = new Blame(components, want.cid)
    this.#waste = new Waste(components.metrics)
    this.#want = want
    this.#sinceMs = this.#awaitedMs = components.clock()
  }

  /** Somebody else wants the block too, perhaps more urgently or for longer. */
  raise ({ priority, deadlineMs, neededMs, isDownload }: BlockWant): void {
    const before = this.#want
    const isSooner = URGENCY.indexOf(priority) > URGENCY.indexOf(before.priority)
    this.#want = {
      ...before,
      priority: isSooner ? priority : before.priority,
      deadlineMs: Math.max(deadlineMs, before.deadlineMs),
      ...(neededMs != null && { neededMs: Math.min(neededMs, before.neededMs ?? Infinity) }),
      ...(isDownload === true && { isDownload })
    }
    if (isSooner) {
      this.#awaitedMs = this.#components.clock()
    }
    if (isSooner || deadlineMs > before.deadlineMs) {
      this.#asks.all().forEach(({ source }) => { source.raise?.(this.#want) })
    }
    this.#wake()
  }

  /**
   * Ends with the block.
   *
   * @throws ContentNotFoundError when nobody is left to ask, UpstreamError when those who are left
   * fail, or the signal's reason
   */
  async run (signal: AbortSignal): Promise<FetchedBlock> {
    const onAbort = () => { this.#wake() }
    signal.addEventListener('abort', onAbort, { once: true })
    try {
      while (this.#found == null) {
        signal.throwIfAborted()
        await this.#step()
      }
      return this.#found
    } finally {
      signal.removeEventListener('abort', onAbort)
      this.#end()
    }
  }

  /** Why the block is not here by its deadline. */
  expired (): Error {
    const isWaiting = this.#asks.size > 0 || this.#blame.hasFailures || this.#blame.busy.size > 0
    return isWaiting
      ? new DeadlineError(`no source sent ${this.#want.cid} in time (${this.#told()})`)
      : this.#notFound()
  }

  async #step (): Promise<void> {
    const found = survey(this.#components, this.#want, this.#asks, this.#blame)
    const situation = this.#situation(found)
    const candidates = askable(found.candidates, situation)
    this.#watch(situation, candidates)
    const step = nextStep(candidates, situation, this.#components.random)
    if (step.do === 'ask') {
      const { budgetMs } = this.#ask(step.source, situation)
      await this.#pause(budgetMs)
    } else if (step.do === 'wait') {
      await this.#pause(step.ms)
    } else if (this.#isLookedForAgain()) {
      await this.#pause(IDLE_TICK_MS)
    } else {
      throw this.#blame.hasFailures || found.hasPaused
        ? new UpstreamError(`nobody could send ${this.#want.cid} (${this.#told()})`)
        : this.#notFound()
    }
  }

  #notFound (): Error {
    return new ContentNotFoundError(`nobody has ${this.#want.cid} (${this.#told()})`)
  }

  #told (): string {
    return this.#blame.told(this.#asks.all())
  }

  #isLookedForAgain (): boolean {
    const { content } = this.#want
    return content != null &&
      this.#components.brokers.map(broker => broker.renew?.(content)).includes(true)
  }

  #situation ({ edges, hasBusy, hasPaused, isHeldByBusy }: Survey): Situation {
    const { brokers, clock, policy = 'peers-first', peerTimeMs } = this.#components
    const { content, priority, deadlineMs, neededMs, isDownload, size: sizeBytes } = this.#want
    const nowMs = clock()
    const isAwaited = priority === 'urgent' || priority === 'playing'
    const mayRecover = !isAwaited || nowMs - this.#awaitedMs < FAILURE_MS
    const seeking = brokers.filter(broker => broker.isSeeking(content))
    const isSeeking = seeking.length > 0
    return {
      nowMs,
      sinceMs: this.#sinceMs,
      deadlineMs,
      neededMs,
      priority,
      policy,
      peerTimeMs,
      claim: this.#want.claim,
      regionClaim: this.#want.regionClaim,
      isDownload,
      sizeBytes,
      askedMs: this.#askedMs,
      pending: this.#asks.size,
      helpMs: 0,
      edges,
      isHeldByBusy,
      isSeeking,
      isSearchSlow: seeking.every(({ isSlow }) => isSlow === true),
      mayImprove: hasBusy || isSeeking ||
        (mayRecover && (hasPaused || this.#blame.hasFailures))
    }
  }

  /** When those asked need help: as far as a race may cost something, else a server takes over. */
  #watch (situation: Situation, candidates: readonly BlockSource[]): void {
    if (this.#asks.size === 0) return
    const server = bestServer(candidates)
    const holder = candidates.find(({ kind, holds }) => kind === 'peer' && holds === 'have')
    const restBytes = situation.sizeBytes - lengthOf(this.#assembly.beginning(this.#asks))
    const helper = server ?? holder
    const mayHelp = this.#mayRace(situation) ||
      (server != null && this.#isAloneAndUrgent(situation))
    situation.helpMs = this.#asks.helpMs(situation, mayHelp, helper && {
      ms: expectedMs(helper, restBytes), isServer: holder == null
    })
  }

  /** What is urgent may be raced for by two, while the debt is not too large. */
  #mayRace (situation: Situation): boolean {
    const { budget } = this.#components
    return budget.isOpen || (this.#isAloneAndUrgent(situation) && !budget.isOverdrawn)
  }

  #isAloneAndUrgent (situation: Situation): boolean {
    const { priority, nowMs } = situation
    return this.#asks.size === 1 && (priority === 'urgent' || (priority === 'playing' &&
      priorityOf(limitMs(situation) - nowMs, true) === 'urgent'))
  }

  #ask (source: BlockSource, situation: Situation): Ask {
    this.#blame.late(this.#asks.silent())
    const head = this.#assembly.beginning(this.#asks)
    const mayRace = this.#mayRace(situation)
    this.#asks.makeRoom(mayRace ? MAX_PARALLEL_ASKS : 1).forEach(ask => { this.#blame.gaveUp(ask) })
    if (this.#asks.size > 0) {
      this.#endRace()
      this.#endRace = this.#components.budget.reserve(situation.sizeBytes - lengthOf(head))
    }
    if ((source.kind !== 'peer' || source.isFar === true) && !this.#isOnBoard) {
      this.#isOnBoard = true
      this.#components.board.loading(this.#want)
    }
    this.#askedMs ??= situation.nowMs
    const { nowMs, sinceMs, priority, edges, claim = '-' } = situation
    this.#components.log.trace('ask %s %s for %c, %s, turn %s, after %d ms, edges %s, %d out',
      source.kind, source.id, this.#want.cid, priority, claim, nowMs - sinceMs, edges,
      this.#asks.size)
    const ask = this.#asks.open(source, situation, head)
    void this.#attempt(ask).finally(() => {
      this.#asks.close(ask)
      this.#waste.received(ask)
      this.#wake()
    })
    return ask
  }

  async #attempt (ask: Ask): Promise<void> {
    const { source, head, controller: { signal } } = ask
    try {
      const bytes = await source.fetch(this.#want, {
        signal,
        offset: lengthOf(head),
        onBytes: (buffer, filled) => { this.#asks.receive(ask, buffer, filled) },
        onLate: bytes => { this.#waste.late(source, bytes) }
      })
      if (bytes != null) {
        ask.receivedBytes = bytes.byteLength
        await this.#complete(ask, [...head, { source, bytes }])
      } else if (head.length > 0) {
        // There is nothing behind a beginning that is wrong.
        this.#assembly.doubt()
      } else {
        this.#blame.missing(ask, this.#want)
      }
    } catch (err) {
      this.#fail(ask, err as Error)
    }
  }

  async #complete (ask: Ask, parts: Ask['head']): Promise<void> {
    const { source } = ask
    const bytes = await this.#assembly.complete(parts, this.#want)
    if (bytes == null) {
      return
    }
    this.#components.penalties.succeed(source.id)
    if (this.#found != null) {
      return
    }
    const arrival = {
      bytes: bytes.byteLength, sinceMs: this.#sinceMs, nowMs: this.#components.clock()
    }
    this.#found = { bytes, delivery: deliveryOf(ask, parts, arrival) }
    this.#waste.used(parts)
    this.#blame.late(this.#asks.before(ask))
    this.#assembly.liars(bytes).forEach(liar => { this.#blame.liar(liar) })
  }

  #fail (ask: Ask, err: Error): void {
    if (isWrong(err)) {
      this.#blame.liar(ask.source)
      return
    }
    this.#assembly.leave(ask)
    if (!ask.controller.signal.aborted) {
      this.#blame.failed(ask, err, this.#want)
    }
  }

  /** Until something happens, at most `ms`. */
  async #pause (ms: number): Promise<void> {
    const { brokers, clock, timer } = this.#components
    if (this.#found != null) {
      return
    }
    const dueMs = clock() + ms
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#wake = resolve
    const stopTimer = timer(ms, resolve)
    // Somebody new is of interest only while nobody is asked.
    const turn = this.#asks.size === 0 ? new AbortController() : undefined
    if (turn != null) {
      for (const broker of brokers) {
        void broker.changed(this.#want, turn).then(resolve)
      }
    }
    await promise
    stopTimer()
    turn?.abort(ENDED)
    this.#asks.credit(clock() - dueMs)
  }

  #end (): void {
    this.#blame.late(this.#asks.silent())
    this.#asks.abort()
    this.#endRace()
    this.#waste.end(this.#asks.all())
    if (this.#isOnBoard && this.#found == null) {
      this.#components.board.missing(this.#want)
    }
  }
}

function isWrong ({ name }: Error): boolean {
  return name === 'BlockMismatchError' || name === 'BlockTooLargeError'
}
