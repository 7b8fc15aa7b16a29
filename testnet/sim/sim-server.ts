/**
 * Edges and origins as their HTTP is: blocks by URL.
 * in: a request. out: an answer that comes as fast as both ends' lines allow.
 */

import type { PeerId } from '@libp2p/interface'
import type { CID } from 'multiformats/cid'
import type { HttpAnswer, HttpFetch, HttpSource } from '../../daemon/discovery/index.ts'
import { BYTE_MS, HTTP_BYTE_MS, REQUEST_MS } from './costs.ts'
import { Port } from './flows.ts'
import type { Library } from './library.ts'
import { type Processor, worked, working } from './processor.ts'
import type { NodeOnWire, Site, Wire } from './wire.ts'

export interface SimServerInit extends Site {
  name: string
  role: 'edge' | 'origin'
  peerId: PeerId
  bytesPerSecond: number
  /** As {@link NodeOnWire}'s. */
  processor?: Processor | undefined
}

/** Undefined when it has no such block, and gets none. */
export type Serve = (cid: CID, content: CID | undefined) => Promise<Uint8Array | undefined>

export class SimServer implements Site {
  readonly name: string
  readonly role: 'edge' | 'origin'
  readonly region: Site['region']
  readonly peerId: PeerId
  readonly url: string
  readonly port: Port
  readonly processor: Processor | undefined
  readonly serve: Serve

  constructor (init: SimServerInit, serve: Serve) {
    const { name, role, region, peerId, bytesPerSecond, processor } = init
    this.name = name
    this.role = role
    this.region = region
    this.peerId = peerId
    this.url = `http://${name}.test:80`
    this.port = new Port({
      uploadBytesPerSecond: bytesPerSecond, downloadBytesPerSecond: bytesPerSecond
    })
    this.processor = processor
    this.serve = serve
  }

  /** As a tracker tells of it. */
  sourceFor (site: Site, wire: Wire): HttpSource {
    const { peerId: peer, role, region, url } = this
    return { peer, role, region, url, rttMs: wire.rttMs(site, this) }
  }
}

export interface SimHttpComponents {
  wire: Wire
  library: Pick<Library, 'named'>
  servers: ReadonlyMap<string, SimServer>
}

/** Who asks servers. */
type Asker = Site & Pick<NodeOnWire, 'port' | 'processor'>

/** One node's connections to servers: those that rest are used again. */
export class SimHttp {
  readonly #components: SimHttpComponents
  readonly #site: Asker
  readonly #resting = new Map<SimServer, number>()

  constructor (components: SimHttpComponents, site: Asker) {
    this.#components = components
    this.#site = site
  }

  readonly fetch: HttpFetch = async (address, { headers, signal }) => {
    const { wire, library, servers } = this.#components
    const url = new URL(address)
    const server = servers.get(url.hostname)!
    const rttMs = wire.rttMs(this.#site, server)
    if (server.processor != null) await worked(this.#site.processor, REQUEST_MS / 2)
    await wire.sleep(rttMs * (1.5 - (this.#take(server) ? 1 : 0)))
    const content = library.named(url.searchParams.get('content') ?? '')?.cid
    const block = library.named(url.pathname.split('/').at(-1) ?? '')
    const bytes = block && await server.serve(block.cid, content)
    if (server.processor != null) {
      await worked(server.processor, REQUEST_MS / 2 + (bytes?.byteLength ?? 0) * HTTP_BYTE_MS)
    }
    await wire.sleep(rttMs / 2 + wire.serveMs)
    signal.throwIfAborted()
    const offset = Number(/\d+/.exec(headers?.range ?? '')?.[0] ?? 0)
    return this.#answer(server, address, bytes, offset, signal)
  }

  #take (server: SimServer): boolean {
    const resting = this.#resting.get(server) ?? 0
    this.#resting.set(server, Math.max(0, resting - 1))
    return resting > 0
  }

  #giveBack (server: SimServer): void {
    this.#resting.set(server, (this.#resting.get(server) ?? 0) + 1)
  }

  #answer (
    server: SimServer, url: string, whole: Uint8Array | undefined, offset: number,
    signal: AbortSignal
  ): HttpAnswer {
    if (whole == null) {
      this.#giveBack(server)
      return { url, status: 404, headers: new Headers(), body: null }
    }
    const bytes = whole.subarray(offset)
    const headers = new Headers({ 'content-length': String(bytes.byteLength) })
    if (offset > 0) {
      headers.set('content-range', `bytes ${offset}-${whole.byteLength - 1}/${whole.byteLength}`)
    }
    return { url, status: offset > 0 ? 206 : 200, headers, body: this.#body(server, bytes, signal) }
  }

  #body (server: SimServer, bytes: Uint8Array, signal: AbortSignal): HttpAnswer['body'] {
    let sent = 0
    let done = 0
    let read = 0
    let tell = Promise.withResolvers<void>()
    const stop = this.#components.wire.flows.start({
      from: server.port,
      to: this.#site.port,
      bytes: bytes.byteLength,
      onProgress: doneBytes => {
        const newBytes = doneBytes - sent
        sent = doneBytes
        working(this.#site.processor, newBytes * BYTE_MS, () => {
          done = doneBytes
          if (done === bytes.byteLength) this.#giveBack(server)
          tell.resolve()
          tell = Promise.withResolvers()
        })
      }
    })
    signal.addEventListener('abort', () => {
      stop()
      tell.promise.catch(() => {}) // Nobody may be reading.
      tell.reject(signal.reason as Error)
    }, { once: true })
    const cancel = async (): Promise<void> => { stop() }
    const next = async (): Promise<{ done?: boolean, value?: Uint8Array }> => {
      if (read === bytes.byteLength) return { done: true }
      if (read === done) await tell.promise
      const value = bytes.subarray(read, done)
      read = done
      return { value }
    }
    return { cancel, getReader: () => ({ read: next, cancel }) }
  }
}
