/**
 * Sources and a broker in memory, and a fetcher or retrieval on top of them.
 */

import { defaultLogger } from '@libp2p/logger'
import { expect } from 'chai'
import type { CID } from 'multiformats/cid'
import type { Time } from '../../../daemon/retrieval/abort.ts'
import { BlockFetcher } from '../../../daemon/retrieval/block-fetcher.ts'
import {
  type AskOptions, type BlockBroker, type BlockSource, type BlockWant, createRetrieval,
  type FetchedBlock, Holdings, type Retrieval, type SourceKind, type TitleList
} from '../../../daemon/retrieval/index.ts'
import type { RetrievalComponents, RetrievalInit } from '../../../daemon/retrieval/retrieval.ts'
import { Bell } from '../../../daemon/retrieval/bell.ts'
import { PenaltyBook } from '../../../daemon/routing/index.ts'
import { openStore, type Store } from '../../../daemon/store/index.ts'
import { cidOf } from '../../../protocols/cid.ts'
import { sha256 } from '../../../protocols/sha256.ts'
import { FakeTime } from './fake-time.ts'

export type Answer = (
  want: BlockWant, options: AskOptions
) => Promise<Uint8Array | undefined>

/** A source that answers as told and remembers what it was asked. */
export class FakeSource implements BlockSource {
  readonly kind: BlockSource['kind']
  readonly id: string
  readonly node: string
  holds: BlockSource['holds'] = 'have'
  rttMs: number | undefined = 10
  rateBytesPerSecond: number | undefined
  inFlight = 0
  received = 0
  readonly asked: CID[] = []
  /** Where in the block each request began. */
  readonly offsets: number[] = []
  readonly raised: BlockWant[] = []
  aborted = 0
  answer: Answer
  insisting?: BlockSource
  isLastResort?: boolean
  isFar?: boolean
  sender?: string
  path?: readonly string[]
  spreads?: boolean

  constructor (
    kind: BlockSource['kind'],
    id: string,
    answer: Answer | Map<string, Uint8Array>,
    more: Partial<FakeSource> = {}
  ) {
    this.kind = kind
    this.id = id
    this.node = id
    this.answer = answer instanceof Map ? async ({ cid }) => answer.get(cid.toString()) : answer
    Object.assign(this, more)
  }

  progress = (): number => this.received

  raise (want: BlockWant): void {
    this.raised.push(want)
  }

  async fetch (want: BlockWant, options: AskOptions): Promise<Uint8Array | undefined> {
    this.asked.push(want.cid)
    this.offsets.push(options.offset ?? 0)
    this.inFlight++
    options.signal.addEventListener('abort', () => { this.aborted++ }, { once: true })
    try {
      return await this.answer(want, options)
    } finally {
      this.inFlight--
    }
  }
}

/**
 * Sends `bytes` of what is asked for at a time, every `everyMs`; stops for good once `stopsAt`
 * bytes of the block are there.
 */
export function trickle (
  time: Pick<FakeTime, 'timer'>, block: Uint8Array, bytes: number, everyMs: number,
  stopsAt = Infinity
): Answer {
  return (_want, { signal, offset = 0, onBytes }) => new Promise((resolve, reject) => {
    const answer = block.slice(offset)
    let filled = 0
    const send = () => {
      if (signal.aborted || offset + filled >= stopsAt) {
        return
      }
      filled = Math.min(answer.length, filled + bytes, stopsAt - offset)
      onBytes?.(answer, filled)
      if (filled === answer.length) {
        resolve(answer)
      } else {
        time.timer(everyMs, send)
      }
    }
    time.timer(everyMs, send)
    signal.addEventListener('abort', () => { reject(signal.reason) }, { once: true })
  })
}

/** Never answers; ends when aborted. */
export const mute: Answer = (_want, { signal }) => new Promise((_resolve, reject) => {
  signal.addEventListener('abort', () => { reject(signal.reason) }, { once: true })
})

export class FakeBroker implements BlockBroker {
  readonly name = 'fake'
  readonly offered: FakeSource[]
  readonly banned: string[] = []
  readonly sought: CID[] = []
  readonly hints: string[] = []
  /** What is said when it is asked to look again. */
  renewing = false
  readonly bell = new Bell()
  seeking = false

  constructor (...offered: FakeSource[]) {
    this.offered = offered
  }

  sources (): BlockSource[] {
    return [...this.offered]
  }

  ban (sourceId: string): void {
    this.banned.push(sourceId)
  }

  seek (content: CID): void {
    this.sought.push(content)
  }

  isSeeking (): boolean {
    return this.seeking
  }

  hint (_content: CID, providers: readonly string[]): void {
    this.hints.push(...providers)
  }

  renew (): boolean {
    return this.renewing
  }

  changed (_want: BlockWant, options: { signal: AbortSignal }): Promise<void> {
    return this.bell.wait(options)
  }
}

/** Counts what retrieval tells it. */
export class Tally {
  readonly bytes: Partial<Record<SourceKind, number>> = {}
  mismatches = 0
  wastedBytes = 0

  delivered (kind: SourceKind, bytes: number): void {
    this.bytes[kind] = (this.bytes[kind] ?? 0) + bytes
  }

  mismatch (): void {
    this.mismatches++
  }

  wasted (_kind: SourceKind, bytes: number): void {
    this.wastedBytes += bytes
  }

  fetchSeconds (): void {}
}

/** A list of titles in memory. */
export class MemoryTitles implements TitleList {
  readonly kept = new Map<string, CID>()

  async list (): Promise<CID[]> {
    return [...this.kept.values()]
  }

  async add (content: CID): Promise<void> {
    this.kept.set(content.toString(), content)
  }

  async remove (content: CID): Promise<void> {
    this.kept.delete(content.toString())
  }
}

export interface Bench {
  time: FakeTime
  store: Store
  titles: MemoryTitles
  holdings: Holdings
  penalties: PenaltyBook
  tally: Tally
  fetcher: BlockFetcher
  retrieval: Retrieval
}

/** A node in memory, on a clock of its own unless given another. */
export async function bench (
  brokers: BlockBroker[],
  init: RetrievalInit = {},
  given: Partial<Time> & Pick<RetrievalComponents, 'notFound'> & { penalties?: PenaltyBook } = {}
): Promise<Bench> {
  const time = new FakeTime()
  const { clock = time.clock, timer = time.timer } = given
  const logger = defaultLogger()
  const log = logger.forComponent('test')
  const store = await openStore({ backend: 'memory', quotaBytes: 1e9, clock })
  const titles = new MemoryTitles()
  const holdings = new Holdings({ store, titles, sha256, log })
  holdings.start()
  const penalties = given.penalties ?? new PenaltyBook({ clock })
  const tally = new Tally()
  const random = () => 0.5
  const { notFound } = given
  const common = {
    store, brokers, penalties, metrics: tally, sha256, clock, timer, random,
    ...(notFound != null && { notFound })
  }
  return {
    time,
    store,
    titles,
    holdings,
    penalties,
    tally,
    fetcher: new BlockFetcher({ ...common, board: holdings, log }),
    retrieval: createRetrieval(init)({ ...common, holdings, logger })
  }
}

export interface SampleBlock {
  cid: CID
  bytes: Uint8Array
  want: (time: FakeTime, more?: Partial<BlockWant>) => BlockWant
  held: Map<string, Uint8Array>
}

/** A block, a want for it within 10 s, and a shelf that holds it. */
export async function sampleBlock (seed = 1, size = 1000): Promise<SampleBlock> {
  const bytes = new Uint8Array(size).fill(seed)
  const cid = await cidOf(bytes, sha256)
  return {
    cid,
    bytes,
    held: new Map([[cid.toString(), bytes]]),
    want: (time, more = {}) => (
      { cid, size, priority: 'playing', deadlineMs: time.nowMs + 10_000, ...more }
    )
  }
}

/** The block as the node got it: its delivery, and how long that took. */
export async function fetched (
  { time, fetcher }: Bench, block: SampleBlock, more: Partial<BlockWant> = {}
): Promise<FetchedBlock['delivery'] & { waitedMs: number }> {
  const { value, elapsedMs } = await time.until(fetcher.fetch(block.want(time, more)))
  expect([...value.bytes]).to.deep.equal([...block.bytes])
  return { ...value.delivery, waitedMs: elapsedMs }
}

/** Why the node did not get the block, and after how long. */
export async function failure (
  { time, fetcher }: Bench, block: SampleBlock, more: Partial<BlockWant> = {}
): Promise<{ name: string, message: string, waitedMs: number }> {
  const sinceMs = time.nowMs
  const failed = fetcher.fetch(block.want(time, more)).then(
    () => { throw new Error('it did not fail') },
    ({ name, message }: Error) => ({ name, message })
  )
  return { ...(await time.until(failed)).value, waitedMs: time.nowMs - sinceMs }
}
