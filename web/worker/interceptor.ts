/**
 * Requests for files of titles, handed to the page that makes them.
 * in: a request, and its page. out: the file from the page's node; else the server's answer.
 */

import { parseTitleUrl } from '../player/title-url.ts'
import {
  ACCEPT_MS, ANSWER_MS, DEAF_MS, isPageSaying, type FileQuestion, type WorkerSays
} from './talk.ts'

/** A page, as workers see it. */
export interface PageClient {
  id: string
  postMessage (question: FileQuestion, transfer: Transferable[]): void
}

export interface InterceptorComponents {
  fetch (request: Request): Promise<Response>
  /** Milliseconds. */
  clock: () => number
  setTimeout: typeof globalThis.setTimeout
  clearTimeout: typeof globalThis.clearTimeout
}

type Answer = { bytes: ArrayBuffer, type: string } | undefined

/** Pages of which it is remembered that they do not answer. */
const MAX_DEAF = 64

export class Interceptor {
  readonly #components: InterceptorComponents
  /** Until when, by client. */
  readonly #deaf = new Map<string, number>()

  constructor (components: InterceptorComponents) {
    this.#components = components
  }

  /** True for what a node may have: whole files of titles. */
  static isFile ({ method, url, headers }: Pick<Request, 'method' | 'url' | 'headers'>): boolean {
    return method === 'GET' && !headers.has('range') && parseTitleUrl(url) != null
  }

  /** Never waits longer than the page may, and is the server's answer where it has none. */
  async respond (request: Request, page: PageClient | undefined): Promise<Response> {
    const file = page == null || this.#isDeaf(page) ? undefined : await this.#ask(page, request)
    if (file == null) return await this.#components.fetch(request)
    return new Response(file.bytes, {
      headers: { 'content-type': file.type, 'content-length': String(file.bytes.byteLength) }
    })
  }

  #isDeaf ({ id }: PageClient): boolean {
    return (this.#deaf.get(id) ?? 0) > this.#components.clock()
  }

  async #ask (page: PageClient, { url, signal }: Request): Promise<Answer> {
    const { port1, port2 } = new MessageChannel()
    const { promise, resolve } = Promise.withResolvers<Answer>()
    const { setTimeout, clearTimeout, clock } = this.#components
    const giveUp = (): void => {
      port1.postMessage({ says: 'cancelled' } satisfies WorkerSays)
      resolve(undefined)
    }
    let timer = setTimeout(() => {
      this.#deaf.set(page.id, clock() + DEAF_MS)
      const [oldest] = this.#deaf.keys()
      if (this.#deaf.size > MAX_DEAF) this.#deaf.delete(oldest!)
      giveUp()
    }, ACCEPT_MS)
    port1.onmessage = ({ data }) => {
      if (!isPageSaying(data)) return
      clearTimeout(timer)
      if (data.says === 'accepted') timer = setTimeout(giveUp, ANSWER_MS)
      else resolve(data.says === 'file' ? data : undefined)
    }
    signal.addEventListener('abort', giveUp, { once: true })
    page.postMessage({ cdnd: 'file', url }, [port2])
    try {
      return await promise
    } finally {
      clearTimeout(timer)
      signal.removeEventListener('abort', giveUp)
      port1.close()
    }
  }
}
