/**
 * Edges and origins as sources, over HTTP.
 * in: the URLs of checked records. out: blocks by `GET {url}/blocks/{cid}?content={id}`, or the
 * rest of one by `Range: bytes={offset}-`.
 *
 * No redirect is followed: a record vouches for its own host only.
 */

import type { CID } from 'multiformats/cid'
import { CLIENT_HEADER, PEER_HEADER } from '../../protocols/client-headers.ts'
import { PeerBusyError, UpstreamError } from '../../protocols/errors.ts'
import { MAX_PROVIDERS, MAX_TRACKER_MESSAGE_BYTES } from '../../protocols/limits.ts'
import type { Clock } from '../../protocols/clock.ts'
import type { HttpAnswer, HttpFetch, HttpServer, HttpSources } from '../discovery/index.ts'
import { ema, type PenaltyBook } from '../routing/index.ts'
import { Throughput } from '../../protocols/exchange/throughput.ts'
import { type OnChunk, readBounded } from './bounded-body.ts'
import type { AskOptions, BlockBroker, BlockSource, BlockWant } from './types.ts'

export interface HttpBrokerComponents {
  sources: HttpSources
  fetch: HttpFetch
  penalties: PenaltyBook
  clock: Clock
}

export interface HttpBrokerInit {
  /** Said to servers, which may send us to the swarm. Absent for an edge, which has none. */
  client?: { version: string, peer: string }
}

/** Servers whose speed is remembered; the longest unused is forgotten. */
const MAX_RECORDS = 256
const DEFAULT_RETRY_MS = 1000

/** What we saw of one server. */
interface SpeedRecord {
  inFlight: number
  receivedBytes: number
  firstByteMs: number | undefined
  readonly throughput: Throughput
}

export class HttpBroker implements BlockBroker {
  readonly name = 'http'
  readonly #components: HttpBrokerComponents
  readonly #mark: Readonly<Record<string, string>>
  /** Longest unused first. */
  readonly #records = new Map<string, SpeedRecord>()

  constructor (components: HttpBrokerComponents, init: HttpBrokerInit = {}) {
    this.#components = components
    const { client } = init
    this.#mark = client == null
      ? {}
      : { [CLIENT_HEADER]: client.version, [PEER_HEADER]: client.peer }
  }

  sources (_want: BlockWant): BlockSource[] {
    return this.#components.sources.list().map(source => this.#source(source))
  }

  /** The node behind the URL is not asked over libp2p either. */
  ban (sourceId: string, untilMs: number): void {
    const source = this.#components.sources.list().find(({ url }) => url === sourceId)
    if (source != null) {
      this.#components.penalties.ban(nodeOf(source), untilMs - this.#components.clock())
    }
  }

  /** Servers do not depend on the title. */
  seek (_content: CID): void {
    this.#components.sources.use()
  }

  isSeeking (): boolean {
    const { sources } = this.#components
    return sources.list().length === 0 && !sources.isSettled()
  }

  async changed (_want: BlockWant, { signal }: { signal: AbortSignal }): Promise<void> {
    const { sources } = this.#components
    const isKnown = sources.list().length === 0 &&
      await sources.ready({ signal }).then(() => true, () => false)
    if (!isKnown) {
      await aborted(signal)
    }
  }

  #source (server: HttpServer): BlockSource {
    const { url, role, rttMs } = server
    const record = this.#records.get(url)
    const source = {
      kind: role,
      id: url,
      node: nodeOf(server),
      rttMs: rttMs ?? record?.firstByteMs,
      rateBytesPerSecond: record?.throughput.bytesPerSecond,
      inFlight: record?.inFlight ?? 0,
      progress: () => this.#records.get(url)?.receivedBytes ?? 0,
      holds: 'have' as const
    }
    const fetchAs = (mark: object) => (want: BlockWant, options: AskOptions) =>
      this.#fetch(url, want, options, mark)
    const insisting = { ...source, isLastResort: true, fetch: fetchAs({}) }
    return { ...source, insisting, fetch: fetchAs(this.#mark) }
  }

  async #fetch (
    url: string, want: BlockWant, { signal, offset = 0, onBytes }: AskOptions, mark: object
  ): Promise<Uint8Array | undefined> {
    const { clock, fetch } = this.#components
    const record = this.#record(url)
    const startedMs = clock()
    if (record.inFlight++ === 0) {
      record.throughput.begin(startedMs)
    }
    try {
      const headers = {
        ...mark, ...(offset > 0 && { range: `bytes=${offset}-` })
      }
      const response = await fetch(blockUrl(url, want), { headers, redirect: 'error', signal })
      record.firstByteMs = ema(record.firstByteMs, clock() - startedMs)
      return await answer(response, want.size, offset, (bytes, buffer, filled) => {
        record.receivedBytes += bytes
        record.throughput.add(bytes, record.firstByteMs ?? 0, clock())
        if (buffer != null) {
          onBytes?.(buffer, filled)
        }
      })
    } catch (err) {
      signal.throwIfAborted()
      // What fetch says of every connection that fails or breaks, and of a redirect.
      throw err instanceof TypeError
        ? new UpstreamError(`${url} could not be read (${reason(err)})`, { cause: err })
        : err
    } finally {
      if (--record.inFlight === 0) {
        record.throughput.rest(clock())
      }
    }
  }

  #record (url: string): SpeedRecord {
    const record = this.#records.get(url) ??
      { inFlight: 0, receivedBytes: 0, firstByteMs: undefined, throughput: new Throughput() }
    this.#records.delete(url)
    this.#records.set(url, record)
    if (this.#records.size > MAX_RECORDS) {
      const [oldest] = this.#records.keys()
      this.#records.delete(oldest!)
    }
    return record
  }
}

/** Where nobody told which node is behind a URL, the URL stands for it. */
function nodeOf ({ peer, url }: HttpServer): string {
  return peer?.toString() ?? url
}

function blockUrl (url: string, { cid, content }: BlockWant): string {
  return `${url}/blocks/${cid}${content == null ? '' : `?content=${content}`}`
}

/** The block from `offset` on, or undefined when the server does not have that. */
async function answer (
  response: HttpAnswer, size: number, offset: number, onChunk: OnChunk
): Promise<Uint8Array | undefined> {
  if (response.status === 206 && startOf(response) === offset) {
    return await readBounded(response, size - offset, onChunk)
  }
  if (response.status === 200) {
    // Not every server cuts: what we have already is sent again.
    const bytes = await readBounded(response, size, (bytes, buffer, filled) => {
      onChunk(bytes, offset === 0 ? buffer : undefined, filled)
    })
    return bytes.subarray(offset)
  }
  if (response.status === 503) {
    throw await busy(response)
  }
  await response.body?.cancel()
  if (response.status === 404 || response.status === 416) {
    return undefined
  }
  throw new UpstreamError(`${new URL(response.url).origin} answered ${response.status}`)
}

/** Where the bytes of a partial answer stand in the block. */
function startOf (response: HttpAnswer): number {
  return Number(/^bytes (\d+)-/.exec(response.headers.get('content-range') ?? '')?.[1] ?? NaN)
}

async function busy (response: HttpAnswer): Promise<PeerBusyError> {
  const seconds = Number(response.headers.get('retry-after'))
  const retryMs = Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : DEFAULT_RETRY_MS
  const { retryAfterMs = retryMs, providers } = await saidBy(response)
  return new PeerBusyError(retryAfterMs, providers)
}

/** How long to the millisecond, and who else has it; a body that is not ours says nothing. */
async function saidBy (
  response: HttpAnswer
): Promise<{ retryAfterMs?: number, providers: string[] }> {
  try {
    const bytes = await readBounded(response, MAX_TRACKER_MESSAGE_BYTES)
    const said = Object(JSON.parse(new TextDecoder().decode(bytes))) as Record<string, unknown>
    const { retryAfterMs, providers } = said
    return {
      ...typeof retryAfterMs === 'number' && retryAfterMs > 0 && { retryAfterMs },
      providers: Array.isArray(providers)
        ? providers.filter(id => typeof id === 'string').slice(0, MAX_PROVIDERS)
        : []
    }
  } catch {
    return { providers: [] }
  }
}

function aborted (signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    signal.addEventListener('abort', () => { resolve() }, { once: true })
    if (signal.aborted) {
      resolve()
    }
  })
}

function reason (err: Error): string {
  return err.cause instanceof Error ? err.cause.message : err.message
}
