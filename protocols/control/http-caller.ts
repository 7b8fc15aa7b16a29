/**
 * HTTP calls to one listener of a daemon. in: a method, a path, a body. out: the answer, or the
 * error it carries under the name the daemon gave it.
 */

import {
  BlockTooLargeError, DaemonAnswerError, DeadlineError, NoDaemonError, UpstreamError
} from '../errors.ts'
import { MAX_CONTROL_ANSWER_BYTES } from '../limits.ts'
import type { BytesBySource, ErrorBody } from './index.ts'
import { PREFERS_WHOLE } from './prefer-whole.ts'

export type Fetch = typeof globalThis.fetch

export interface HttpCallerInit {
  /** `http://host:port`, without a path. */
  url: string
  token?: string
  /** A short answer, whole. */
  timeoutMs: number
  /** A long one: until it begins, and between its bytes. */
  fetchTimeoutMs: number
}

export interface Call {
  signal?: AbortSignal
  body?: string | Uint8Array
  headers?: Record<string, string>
  /** The daemon fetches or computes before it answers. */
  isLong?: boolean
}

/** Bytes from the gateway and where it had them from. */
export interface Media { bytes: Uint8Array, sources: BytesBySource }

export class HttpCaller {
  readonly #init: HttpCallerInit
  readonly #fetch: Fetch

  constructor (init: HttpCallerInit, fetch: Fetch) {
    this.#init = init
    this.#fetch = fetch
  }

  get url (): string { return this.#init.url }

  async json<T> (method: string, path: string, call: Call = {}): Promise<T> {
    const chunks = await collect(this.#chunks(method, path, call), MAX_CONTROL_ANSWER_BYTES)
    try {
      return JSON.parse(new TextDecoder().decode(chunks)) as T
    } catch (cause) {
      throw new UpstreamError(`what answers at ${this.url} is not a cdnd daemon`, { cause })
    }
  }

  /** For calls whose answer says nothing but that it is done. */
  async done (method: string, path: string, call: Call = {}): Promise<void> {
    await collect(this.#chunks(method, path, call), MAX_CONTROL_ANSWER_BYTES)
  }

  /** The body as it comes. */
  bytes (method: string, path: string, call: Call = {}): AsyncIterable<Uint8Array> {
    return this.#chunks(method, path, { ...call, isLong: true })
  }

  async media (path: string, call: Call & { maxBytes: number }): Promise<Media> {
    let sources = ''
    // Begun before all of it is there, an answer could not say where that came from.
    const headers = { ...call.headers, prefer: PREFERS_WHOLE }
    const chunks = this.#chunks('GET', path, { ...call, headers, isLong: true }, headers => {
      sources = headers.get('cdnd-sources') ?? ''
    })
    return { bytes: await collect(chunks, call.maxBytes), sources: parseSources(sources) }
  }

  /** The error an answer carries, under its own name. */
  failure ({ error, message }: ErrorBody, status = 200): DaemonAnswerError {
    return new DaemonAnswerError(error, message, status)
  }

  async * #chunks (
    method: string, path: string, call: Call, onHeaders?: (headers: Headers) => void
  ): AsyncGenerator<Uint8Array> {
    const timeoutMs = call.isLong === true ? this.#init.fetchTimeoutMs : this.#init.timeoutMs
    const late = new DeadlineError(`${this.url}${path} did not answer within ${timeoutMs / 1000} s`)
    const deadline = new AbortController()
    const timer = setTimeout(() => deadline.abort(late), timeoutMs)
    const signal = AbortSignal.any([deadline.signal, ...call.signal == null ? [] : [call.signal]])
    try {
      const response = await this.#send(method, path, call, signal)
      if (!response.ok) throw await this.#failureOf(response)
      onHeaders?.(response.headers)
      for await (const chunk of this.#bodyOf(response)) {
        if (call.isLong === true) timer.refresh()
        yield chunk
      }
    } catch (error) {
      throw signal.aborted ? signal.reason : error
    } finally {
      clearTimeout(timer)
      deadline.abort()
    }
  }

  async #send (method: string, path: string, call: Call, signal: AbortSignal): Promise<Response> {
    const headers = new Headers(call.headers)
    if (this.#init.token != null) headers.set('authorization', `Bearer ${this.#init.token}`)
    const body = call.body as BodyInit | undefined
    const init: RequestInit = { method, headers, body: body ?? null, signal, redirect: 'error' }
    try {
      return await this.#fetch(`${this.url}${path}`, init)
    } catch (cause) {
      if (signal.aborted) throw signal.reason
      throw new NoDaemonError(`no daemon answers at ${this.url}: start one with "cdnd"`, { cause })
    }
  }

  /** A daemon that is killed while it answers leaves a body without an end. */
  async * #bodyOf ({ body }: Response): AsyncGenerator<Uint8Array> {
    try {
      yield * body ?? []
    } catch (cause) {
      const message = `the daemon at ${this.url} ended in the middle of its answer`
      throw new UpstreamError(message, { cause })
    }
  }

  async #failureOf (response: Response): Promise<Error> {
    const text = await response.text()
    try {
      const { error, message } = JSON.parse(text) as Partial<ErrorBody>
      if (typeof error === 'string' && typeof message === 'string') {
        return this.failure({ error, message }, response.status)
      }
    } catch {
      // Not JSON: whatever it is, it is not one of ours, and is said so below.
    }
    const what = `${response.status}, and not as a cdnd daemon does`
    return new UpstreamError(`${this.url} answered ${what}`)
  }
}

async function collect (chunks: AsyncIterable<Uint8Array>, maxBytes: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  let size = 0
  for await (const chunk of chunks) {
    size += chunk.byteLength
    if (size > maxBytes) throw new BlockTooLargeError(`more than ${maxBytes} bytes came`)
    parts.push(chunk)
  }
  const whole = new Uint8Array(size)
  for (let at = 0; parts.length > 0;) {
    const part = parts.shift()!
    whole.set(part, at)
    at += part.byteLength
  }
  return whole
}

/** `peer=4096,edge=10` → `{ local: 0, peer: 4096, edge: 10, origin: 0 }` */
export function parseSources (header: string): BytesBySource {
  const bytes: BytesBySource = { local: 0, peer: 0, edge: 0, origin: 0 }
  for (const part of header.split(',')) {
    const [name, count] = part.trim().split('=')
    if (name == null || !Object.hasOwn(bytes, name)) continue
    bytes[name as keyof BytesBySource] += Number(count) || 0
  }
  return bytes
}
