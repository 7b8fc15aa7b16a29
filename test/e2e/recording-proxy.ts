/**
 * A reverse proxy that remembers: stands between an edge and its origin.
 * in: where to send requests. out: a URL, what was asked through it, and a gate to hold them back.
 */

import { once } from 'node:events'
import {
  createServer, type IncomingMessage, request, type Server, type ServerResponse
} from 'node:http'
import type { AddressInfo } from 'node:net'

export class RecordingProxy {
  /** `METHOD path?query` of every request but the probes of `/health`, oldest first. */
  asked: string[] = []
  /** Base URL of the server behind. */
  target = ''
  #gate: Promise<void> = Promise.resolve()
  readonly #server: Server

  private constructor () {
    this.#server = createServer((request, response) => { void this.#pass(request, response) })
  }

  static async start (): Promise<RecordingProxy> {
    const proxy = new RecordingProxy()
    proxy.#server.listen(0, '127.0.0.1')
    await once(proxy.#server, 'listening')
    return proxy
  }

  get url (): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** Requests for blocks among those asked. */
  get blocks (): string[] {
    return this.asked.filter(line => line.includes('/blocks/'))
  }

  /** Keeps requests from the server behind until the function that is returned is called. */
  hold (): () => void {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#gate = promise
    return resolve
  }

  stop (): void {
    this.#server.closeAllConnections()
    this.#server.close()
  }

  async #pass (incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method, url, headers } = incoming
    if (url !== '/health') this.asked.push(`${method} ${url}`)
    await this.#gate
    const passed = request(new URL(url!, this.target), { method, headers }, answer => {
      response.writeHead(answer.statusCode!, answer.headers)
      answer.pipe(response)
    })
    // As when nobody listens there.
    passed.on('error', () => { response.destroy() })
    incoming.pipe(passed)
  }
}
