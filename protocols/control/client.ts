/**
 * A daemon's control API and gateway, as a program on the same machine calls them.
 * in: the data folder of a running daemon. out: its typed answers, or the failure it named.
 *
 * Every call has a deadline: for the whole of a short answer, for the next bytes of a long one.
 */

import { findDaemon } from './find-daemon.ts'
import { HttpCaller } from './http-caller.ts'
import { linesOf } from './lines.ts'
import type { CID } from 'multiformats/cid'
import type { Fetch, Media } from './http-caller.ts'
import type {
  AddedSegment, Health, LimitsChange, LimitsReport, NodeName, PeerSummary, PopularTitle,
  PublishProgress, PublishRequest, RankedPeer, RequestReport, RouteDetail, RouteReport, RttEntry,
  SongDetail, SongSummary, Status, TitleDetail, TitleSummary
} from './index.ts'

/** An answer the daemon makes from memory. Higher: patience with a busy machine. */
export const DEFAULT_TIMEOUT_MS = 10_000

/** An answer for which media is fetched, or work done: until it begins, and between its bytes. */
export const DEFAULT_FETCH_TIMEOUT_MS = 120_000

export interface CallOptions { signal?: AbortSignal }

export interface ControlClientInit {
  /** The daemon's data folder. */
  data: string
  /** {@link DEFAULT_TIMEOUT_MS} */
  timeoutMs?: number
  /** {@link DEFAULT_FETCH_TIMEOUT_MS} */
  fetchTimeoutMs?: number
}

export interface ControlClientComponents { fetch?: Fetch }

/**
 * A client of the daemon that runs on a data folder; asks it nothing yet.
 *
 * @throws NoDaemonError when none says it does
 * @example
 * const client = await createControlClient({ data: '/var/lib/cdnd' })
 * console.log((await client.status()).peers)
 */
export async function createControlClient (
  init: ControlClientInit,
  { fetch = globalThis.fetch }: ControlClientComponents = {}
): Promise<ControlClient> {
  const { token, ...daemon } = await findDaemon(init.data)
  const { timeoutMs = DEFAULT_TIMEOUT_MS, fetchTimeoutMs = DEFAULT_FETCH_TIMEOUT_MS } = init
  const timeouts = { timeoutMs, fetchTimeoutMs }
  return new ControlClient(
    new HttpCaller({ ...timeouts, url: daemon.url, token }, fetch),
    new HttpCaller({ ...timeouts, url: daemon.gateway }, fetch)
  )
}

/** All methods throw NoDaemonError, DeadlineError, and DaemonAnswerError by the daemon's name. */
export class ControlClient {
  readonly #control: HttpCaller
  readonly #gateway: HttpCaller

  constructor (control: HttpCaller, gateway: HttpCaller) {
    this.#control = control
    this.#gateway = gateway
  }

  /** Base URL of the control API. */
  get url (): string { return this.#control.url }
  /** Base URL of the gateway. */
  get gateway (): string { return this.#gateway.url }

  health (options?: CallOptions): Promise<Health> { return this.#get('/health', options) }
  name (options?: CallOptions): Promise<NodeName> { return this.#get('/name', options) }
  status (options?: CallOptions): Promise<Status> { return this.#get('/status', options) }
  peers (options?: CallOptions): Promise<PeerSummary[]> { return this.#get('/peers', options) }
  limits (options?: CallOptions): Promise<LimitsReport> { return this.#get('/limits', options) }

  /** The best first. */
  rankedPeers (options?: CallOptions): Promise<RankedPeer[]> {
    return this.#get('/peers/ranked', options)
  }

  /** Changes some limits, until the daemon stops. */
  changeLimits (change: LimitsChange, options?: CallOptions): Promise<LimitsReport> {
    const body = JSON.stringify(change)
    const headers = { 'content-type': 'application/json' }
    return this.#control.json('PATCH', '/limits', { ...options, body, headers })
  }

  /** Of all nodes known there, the nearest first. */
  routes (options?: CallOptions): Promise<RouteReport[]> { return this.#get('/routes', options) }

  routeTo (peer: string, options?: CallOptions): Promise<RouteDetail> {
    return this.#get(`/routes?to=${encodeURIComponent(peer)}`, options)
  }

  rtt (options?: CallOptions): Promise<RttEntry[]> { return this.#get('/rtt', options) }
  popular (options?: CallOptions): Promise<PopularTitle[]> { return this.#get('/popular', options) }
  titles (options?: CallOptions): Promise<TitleSummary[]> { return this.#get('/titles', options) }

  title (id: string, options?: CallOptions): Promise<TitleDetail> {
    const path = `/titles/${encodeURIComponent(id)}`
    return this.#control.json('GET', path, { ...options, isLong: true })
  }

  async remove (id: string, options?: CallOptions): Promise<void> {
    await this.#control.done('DELETE', `/titles/${encodeURIComponent(id)}`, options)
  }

  async pin (id: string, options?: CallOptions): Promise<void> {
    const path = `/titles/${encodeURIComponent(id)}/pin`
    await this.#control.done('PUT', path, { ...options, isLong: true })
  }

  async unpin (id: string, options?: CallOptions): Promise<void> {
    await this.#control.done('DELETE', `/titles/${encodeURIComponent(id)}/pin`, options)
  }

  async announce (id: string, options?: CallOptions): Promise<void> {
    const path = `/titles/${encodeURIComponent(id)}/announce`
    await this.#control.done('POST', path, { ...options, isLong: true })
  }

  /** Has the daemon fetch a segment, `<content>/<rendition>/<n>` or a CID, and say how it came. */
  request (segmentId: string, options?: CallOptions): Promise<RequestReport> {
    return this.#control.json('GET', `/request/${segmentId}`, { ...options, isLong: true })
  }

  /** Has the daemon keep some bytes; it computes their CID itself. */
  addSegment (bytes: Uint8Array, options?: CallOptions): Promise<AddedSegment> {
    const call = { body: bytes, headers: { 'content-type': 'application/octet-stream' } }
    return this.#control.json('POST', '/segments', { ...options, ...call, isLong: true })
  }

  /** Publishes a file of this machine; ends with `done`, throws what `failed` names. */
  async * publish (
    request: PublishRequest, options?: CallOptions
  ): AsyncGenerator<PublishProgress> {
    const body = JSON.stringify(request)
    const headers = { 'content-type': 'application/json' }
    const chunks = this.#control.bytes('POST', '/publish', { ...options, body, headers })
    for await (const line of linesOf(chunks)) {
      const progress = JSON.parse(line) as PublishProgress
      if (progress.stage === 'failed') throw this.#control.failure(progress)
      yield progress
    }
  }

  async shutdown (options?: CallOptions): Promise<void> {
    await this.#control.done('POST', '/shutdown', options)
  }

  songs (options?: CallOptions): Promise<SongSummary[]> {
    return this.#gateway.json('GET', '/songs', options)
  }

  /** By content ID or alias. */
  song (id: string, options?: CallOptions): Promise<SongDetail> {
    const path = `/songs/${encodeURIComponent(id)}`
    return this.#gateway.json('GET', path, { ...options, isLong: true })
  }

  /** A block's bytes; `content` says which title it belongs to. */
  async block (
    cid: CID, options: CallOptions & { content?: CID, maxBytes: number }
  ): Promise<Uint8Array> {
    const { content, ...call } = options
    const query = content == null ? '' : `?content=${content}`
    return (await this.#gateway.media(`/blocks/${cid}${query}`, call)).bytes
  }

  /** A segment's bytes, by `<content>/<rendition>/<n>` or CID. */
  segment (id: string, options: CallOptions & { maxBytes: number }): Promise<Media> {
    return this.#gateway.media(`/segments/${id}`, options)
  }

  #get<T> (path: string, options?: CallOptions): Promise<T> {
    return this.#control.json('GET', path, options)
  }
}
