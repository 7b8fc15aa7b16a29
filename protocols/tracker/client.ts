/**
 * A tracker as a node uses it, over whatever transport carries its questions.
 * in: questions, and statements made by our signer. out: answers whose records were checked again.
 */

import type { CID } from 'multiformats/cid'
import { DeadlineError, InvalidMessageError, RecordRefusedError, UpstreamError } from '../errors.ts'
import { TRACKER_TIMEOUT_MS } from '../limits.ts'
import { fromAnswer, isAnswerable } from './answered-error.ts'
import type { RecordRules } from './check-record.ts'
import type { Answer, Question } from './message.ts'
import { openHandedOut } from './open-handed-out.ts'
import { RecordReader } from './record-reader.ts'
import type { NodeSigner } from './signer.ts'
import { splitTitles } from './split-titles.ts'
import type { StatementKind } from './statement.ts'
import type { AnnouncedTitle, TrackedProvider, Tracker } from './types.ts'

interface CallOptions { signal?: AbortSignal }

/** Carries one question to the tracker and its answer back. The signal has the deadline in it. */
export type AskTracker = (question: Question, options: { signal: AbortSignal }) => Promise<Answer>

export interface TrackerClientComponents {
  ask: AskTracker
  signer: NodeSigner
}

export interface TrackerClientInit extends RecordRules {
  /** Our own, for those who ask before they announce. */
  region?: string
  /** A whole answer, {@link TRACKER_TIMEOUT_MS}. Higher: slow links; lower: fast failover. */
  timeoutMs?: number
}

export class TrackerClient implements Tracker {
  readonly #ask: AskTracker
  readonly #signer: NodeSigner
  readonly #init: TrackerClientInit
  readonly #records: RecordReader
  #lastSubmit: Promise<unknown> = Promise.resolve()
  /** As this tracker remembers it. */
  #toldReport: Uint8Array | undefined

  constructor (components: TrackerClientComponents, init: TrackerClientInit) {
    this.#ask = components.ask
    this.#signer = components.signer
    this.#init = init
    this.#records = new RecordReader(init)
  }

  async announce (titles: AnnouncedTitle[], options: CallOptions = {}): Promise<void> {
    for (const batch of splitTitles(titles)) {
      await this.#submit('announce', async () => await this.#signer.announce(batch), options)
    }
  }

  async withdraw (contents: CID[], options: CallOptions = {}): Promise<void> {
    await this.#submit('withdraw', async () => await this.#signer.withdraw(contents), options)
  }

  async heartbeat (options: CallOptions = {}): Promise<{ known: boolean }> {
    const report = this.#signer.report()
    const news = isSame(report, this.#toldReport) ? undefined : report
    const answer = await this.#submit(
      'heartbeat', async () => await this.#signer.heartbeat(news), options)
    // Who has no memory of us has none of what we reported before.
    this.#toldReport = answer.known || news != null ? report : undefined
    return answer
  }

  async leave (options: CallOptions = {}): Promise<void> {
    await this.#submit('leave', async () => await this.#signer.leave(), options)
  }

  async lookup (content: CID, options: CallOptions = {}): Promise<TrackedProvider[]> {
    return await this.#providers({ type: 'lookup', content, region: this.#init.region }, options)
  }

  async httpSources (options: CallOptions = {}): Promise<TrackedProvider[]> {
    return await this.#providers({ type: 'sources', region: this.#init.region }, options)
  }

  async resolve (segment: CID, options: CallOptions = {}): Promise<CID | undefined> {
    return expect(await this.#answer({ type: 'resolve', segment }, options), 'title').content
  }

  async #providers (question: Question, options: CallOptions): Promise<TrackedProvider[]> {
    const { providers } = expect(await this.#answer(question, options), 'providers')
    return await openHandedOut(providers, this.#records)
  }

  /** One after the other: of two on their way at once the older might come second: refused. */
  async #submit (
    type: StatementKind, seal: () => Promise<Uint8Array>, options: CallOptions
  ): Promise<{ known: boolean }> {
    const send = async (): Promise<{ known: boolean }> =>
      expect(await this.#answer({ type, envelope: await seal() }, options), 'accepted')
    // Another client of the same tracker may have overtaken us: once more, with a higher number.
    const turn = this.#lastSubmit.then(async () => await send().catch(async err => {
      if (err instanceof RecordRefusedError && err.reason === 'sequence') {
        return await send()
      }
      throw err
    }))
    this.#lastSubmit = turn.catch(() => {})
    const { known } = await turn
    return { known }
  }

  async #answer (question: Question, options: CallOptions): Promise<Answer> {
    const timeoutMs = this.#init.timeoutMs ?? TRACKER_TIMEOUT_MS
    const deadline = AbortSignal.timeout(timeoutMs)
    const signal = options.signal == null ? deadline : AbortSignal.any([options.signal, deadline])
    signal.throwIfAborted()
    try {
      return await this.#ask(question, { signal })
    } catch (cause) {
      options.signal?.throwIfAborted()
      if (deadline.aborted) {
        throw new DeadlineError(`the tracker did not answer within ${timeoutMs} ms`, { cause })
      }
      throw isAnswerable(cause)
        ? cause
        : new UpstreamError('the tracker could not be asked', { cause })
    }
  }
}

function isSame (a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  return a?.byteLength === b?.byteLength && a?.every((byte, i) => byte === b?.[i]) !== false
}

/** The answer, of the type its question asks for. */
function expect<T extends Answer['type']> (answer: Answer, type: T): Extract<Answer, { type: T }> {
  if (answer.type === 'error') {
    throw fromAnswer(answer)
  }
  if (answer.type !== type) {
    throw new InvalidMessageError(
      `the tracker answered "${answer.type}" where "${type}" was asked for`
    )
  }
  return answer as Extract<Answer, { type: T }>
}
