/**
 * Edges and origins as sources, over HTTP.
 * in: the URLs of checked records. out: blocks by `GET {url}/blocks/{cid}?content={id}`.
 *
 * No redirect is followed: a record vouches for its own host only.
 */

import type { CID } from 'multiformats/cid'
import { PeerBusyError, UpstreamError } from '../../protocols/errors.ts'
import { MAX_PROVIDERS, MAX_TRACKER_MESSAGE_BYTES } from '../../protocols/limits.ts'
import type { Clock } from '../../protocols/clock.ts'
import type { HttpSource, HttpSources } from '../discovery/index.ts'
import { ema, type PenaltyBook } from '../routing/index.ts'
import { readBounded } from './bounded-body.ts'
import type { BlockBroker, BlockSource, BlockWant } from './types.ts'

export interface HttpBrokerComponents {
  sources: HttpSources
  fetch: typeof globalThis.fetch
  penalties: PenaltyBook
  clock: Clock
}

export interface HttpBrokerInit {
  /** Said in the header `cdnd-client`, by which a server knows whom it may send to the swarm. */
  clientVersion?: string
}

export const DEFAULT_CLIENT_VERSION = '1'

/** Servers whose speed is remembered; the longest unused is forgotten. */
const MAX_RECORDS = 256
const DEFAULT_RETRY_MS = 1000

/** A smaller answer tells of round trips, not of the link. */
const MIN_RATED_BYTES = 16 * 1024

/** What we saw of one server. */
interface SpeedRecord {
  inFlight: number
  receivedBytes: number
  firstByteMs: number | undefined
  rateBytesPerSecond: number | undefined
}

export class HttpBroker implements BlockBroker {
  readonly name = 'http'
  readonly #components: HttpBrokerComponents
  readonly #clientVersion: string
  /** Longest unused first. */
  readonly #records = new Map<string, SpeedRecord>()

  constructor (components: HttpBrokerComponents, init: HttpBrokerInit = {}) {
    this.#components = components
    this.#clientVersion = init.clientVersion ?? DEFAULT_CLIENT_VERSION
  }

  sources (_want: BlockWant): BlockSource[] {
    return this.#components.sources.list().map(source => this.#source(source))
  }

  /** The node behind the URL is not asked over libp2p either. */
  ban (sourceId: string, untilMs: number): void {
    const source = this.#components.sources.list().find(({ url }) => url === sourceId)
    if (source != null) {
      this.#components.penalties.ban(source.peer.toString(), untilMs - this.#components.clock())
    }
  }

  /** Servers do not depend on the title. */
  seek (_content: CID): void {}

  isSeeking (): boolean {
    return this.#components.sources.list().length === 0
  }

  async changed ({ signal }: { signal: AbortSignal }): Promise<void> {
    const { sources } = this.#components
    const isKnown = this.isSeeking() &&
      await sources.ready({ signal }).then(() => true, () => false)
    if (!isKnown) {
      await aborted(signal)
    }
  }

  #source ({ peer, url, role, rttMs }: HttpSource): BlockSource {
    const record = this.#records.get(url)
    return {
      kind: role,
      id: url,
      node: peer.toString(),
      rttMs: rttMs ?? record?.firstByteMs,
      rateBytesPerSecond: record?.rateBytesPerSecond,
      inFlight: record?.inFlight ?? 0,
      progress: () => this.#records.get(url)?.receivedBytes ?? 0,
      holds: 'have',
      fetch: (want, options) => this.#fetch(url, want, options)
    }
  }

  async #fetch (
    url: string, want: BlockWant, options: { signal: AbortSignal }
  ): Promise<Uint8Array | undefined> {
    const { clock, fetch } = this.#components
    const record = this.#record(url)
    const startedMs = clock()
    record.inFlight++
    try {
      const response = await fetch(blockUrl(url, want), {
        headers: { 'cdnd-client': this.#clientVersion }, redirect: 'error', signal: options.signal
      })
      record.firstByteMs = ema(record.firstByteMs, clock() - startedMs)
      const bytes = await answer(response, want.size, bytes => { record.receivedBytes += bytes })
      if (bytes != null && bytes.byteLength >= MIN_RATED_BYTES) {
        const seconds = Math.max(1, clock() - startedMs) / 1000
        record.rateBytesPerSecond = ema(record.rateBytesPerSecond, bytes.byteLength / seconds)
      }
      return bytes
    } catch (err) {
      options.signal.throwIfAborted()
      // What fetch says of every connection that fails or breaks, and of a redirect.
      throw err instanceof TypeError
        ? new UpstreamError(`${url} could not be read (${reason(err)})`, { cause: err })
        : err
    } finally {
      record.inFlight--
    }
  }

  #record (url: string): SpeedRecord {
    const record = this.#records.get(url) ??
      { inFlight: 0, receivedBytes: 0, firstByteMs: undefined, rateBytesPerSecond: undefined }
    this.#records.delete(url)
    this.#records.set(url, record)
    if (this.#records.size > MAX_RECORDS) {
      const [oldest] = this.#records.keys()
      this.#records.delete(oldest!)
    }
    return record
  }
}

function blockUrl (url: string, { cid, content }: BlockWant): string {
  return `${url}/blocks/${cid}${content == null ? '' : `?content=${content}`}`
}

/** The block, or undefined when the server does not have it. */
async function answer (
  response: Response, maxBytes: number, onChunk: (bytes: number) => void
): Promise<Uint8Array | undefined> {
  if (response.status === 200) {
    return await readBounded(response, maxBytes, onChunk)
  }
  if (response.status === 503) {
    throw await busy(response)
  }
  await response.body?.cancel()
  if (response.status === 404) {
    return undefined
  }
  throw new UpstreamError(`${new URL(response.url).origin} answered ${response.status}`)
}

async function busy (response: Response): Promise<PeerBusyError> {
  const seconds = Number(response.headers.get('retry-after'))
  const retryMs = Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : DEFAULT_RETRY_MS
  return new PeerBusyError(retryMs, await providersOf(response))
}

/** Who else has it, where the server says so; a body that is not ours to read says nothing. */
async function providersOf (response: Response): Promise<string[]> {
  try {
    const bytes = await readBounded(response, MAX_TRACKER_MESSAGE_BYTES)
    const body: unknown = JSON.parse(new TextDecoder().decode(bytes))
    const providers = (body as { providers?: unknown } | null)?.providers
    return Array.isArray(providers)
      ? providers.filter(id => typeof id === 'string').slice(0, MAX_PROVIDERS)
      : []
  } catch {
    return []
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
