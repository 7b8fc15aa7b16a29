/**
 * The service worker of a site that plays titles by any player.
 * in: requests of its pages. out: files of titles from the page's node, all else untouched.
 *
 * A site serves it from its own host, or has there a file of one line:
 * `importScripts('https://edge.example.org/player/cdnd-worker.js')`.
 */

import { Interceptor, type PageClient } from './interceptor.ts'

interface FetchEvent extends Event {
  readonly request: Request
  readonly clientId: string
  respondWith (answer: Promise<Response>): void
  waitUntil (work: Promise<unknown>): void
}

/** The part of a service worker's global scope that is used; the project's types are a page's. */
interface Scope {
  addEventListener (type: 'fetch' | 'install' | 'activate', then: (event: FetchEvent) => void): void
  skipWaiting (): Promise<void>
  readonly clients: {
    claim (): Promise<void>
    get (id: string): Promise<PageClient | undefined>
  }
}

const scope = globalThis as unknown as Scope
const interceptor = new Interceptor({
  fetch: request => fetch(request),
  clock: () => performance.now(),
  setTimeout: globalThis.setTimeout.bind(globalThis),
  clearTimeout: globalThis.clearTimeout.bind(globalThis)
})

scope.addEventListener('install', event => { event.waitUntil(scope.skipWaiting()) })
scope.addEventListener('activate', event => { event.waitUntil(scope.clients.claim()) })
scope.addEventListener('fetch', event => {
  const { request, clientId } = event
  if (clientId === '' || !Interceptor.isFile(request)) return
  event.respondWith(scope.clients.get(clientId).then(async page =>
    await interceptor.respond(request, page)))
})
