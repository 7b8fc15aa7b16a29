/**
 * The servers a page was told of, and those its swarm knows besides.
 * in: URLs; later, sources from checked records. out: all of them, those of the page first.
 *
 * What role a server has it says itself at /health; until then it counts as an edge.
 */

import type { HttpFetch, HttpServer, HttpSources } from '../../daemon/discovery/types.ts'
import { pause } from '../../daemon/discovery/pause.ts'
import type { Timer } from '../../protocols/clock.ts'
import { InvalidArgumentError } from '../../protocols/errors.ts'

export interface PageSourcesComponents {
  fetch: HttpFetch
  timer: Timer
}

/** A title that is about to begin has the server for itself so long. */
const HEALTH_AFTER_MS = 1_000
const HEALTH_MS = 3_000
/** Of an answer to /health, a line of JSON. */
const MAX_HEALTH_BYTES = 4096

export class PageSources implements HttpSources {
  readonly #components: PageSourcesComponents
  readonly #own: HttpServer[]
  #known: HttpSources | undefined
  #lifetime: AbortController | undefined

  /** @throws InvalidArgumentError when one is no http(s) URL */
  constructor (components: PageSourcesComponents, bases: readonly string[]) {
    this.#components = components
    this.#own = [...new Set(bases.map(baseOf))].map(url => ({ role: 'edge', url }))
  }

  start (): void {
    if (this.#lifetime != null) return
    this.#lifetime = new AbortController()
    const { signal } = this.#lifetime
    for (const server of this.#own) void this.#ask(server, signal)
  }

  /** One more of the page. @throws InvalidArgumentError when it is no http(s) URL */
  add (base: string): void {
    const url = baseOf(base)
    if (this.#own.some(server => server.url === url)) return
    const server: HttpServer = { role: 'edge', url }
    this.#own.push(server)
    if (this.#lifetime != null) void this.#ask(server, this.#lifetime.signal)
  }

  stop (): void {
    this.#lifetime?.abort()
    this.#lifetime = undefined
  }

  /** From now on also what these name; undefined: no more. */
  follow (sources: HttpSources | undefined): void {
    this.#known = sources
  }

  list (): HttpServer[] {
    const named = this.#known?.list() ?? []
    const byUrl = new Map(named.filter(({ url }) => mayFetch(url)).map(each => [each.url, each]))
    const own = this.#own.map(server => {
      const known = byUrl.get(server.url)
      byUrl.delete(server.url)
      return known ?? server
    })
    return [...own, ...byUrl.values()]
  }

  isSettled (): boolean {
    return this.#known?.isSettled() ?? true
  }

  use (): void {
    this.#known?.use()
  }

  async ready ({ signal }: { signal: AbortSignal }): Promise<void> {
    if (this.list().length > 0) return
    if (this.#known != null) return await this.#known.ready({ signal })
    const { promise, reject } = Promise.withResolvers<never>()
    signal.addEventListener('abort', () => { reject(signal.reason) }, { once: true })
    signal.throwIfAborted()
    await promise
  }

  /** Never rejects: whoever does not answer is asked for blocks all the same. */
  async #ask (server: HttpServer, lifetime: AbortSignal): Promise<void> {
    const { fetch, timer } = this.#components
    await pause(timer, HEALTH_AFTER_MS, lifetime)
    const signal = AbortSignal.any([lifetime, AbortSignal.timeout(HEALTH_MS)])
    try {
      const { body } = await fetch(`${server.url}/health`, { redirect: 'error', signal })
      if (body != null && await saidRole(body) === 'origin') server.role = 'origin'
    } catch {
      // Seen again when a block is asked for, and judged by that.
    }
  }
}

/** `protocol://host:port`, as servers stand in records. */
function baseOf (text: string): string {
  const { protocol, origin } = URL.parse(text) ?? {}
  if (origin != null && (protocol === 'http:' || protocol === 'https:')) return origin
  throw new InvalidArgumentError(`"${text}" is no server: give its URL, such as https://host:8080`)
}

/** A page over HTTPS may not fetch from plain HTTP. */
function mayFetch (url: string): boolean {
  return globalThis.location?.protocol !== 'https:' || url.startsWith('https:')
}

type Body = NonNullable<Awaited<ReturnType<HttpFetch>>['body']>

async function saidRole (body: Body): Promise<unknown> {
  const reader = body.getReader()
  const decoder = new TextDecoder()
  let text = ''
  while (text.length <= MAX_HEALTH_BYTES) {
    const { done, value } = await reader.read()
    if (done === true) return Object(JSON.parse(text)).role
    text += decoder.decode(value, { stream: true })
  }
  await reader.cancel()
}
