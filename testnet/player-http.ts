/**
 * One player's own HTTP: a connection to one server, kept open between requests as players do.
 * in: paths. out: answers, with the bytes told of as they come.
 */

import { Agent, type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http'

export interface Answer {
  status: number
  /** Trailers are among them. */
  headers: IncomingHttpHeaders
  bytes: Buffer
}

export interface GetOptions {
  signal: AbortSignal
  /** Bytes that are here, of how many; not called where the length is not known. */
  onBytes?: (received: number, total: number) => void
}

export interface PlayerHttpInit { localAddress?: string, maxSockets?: number }

export class PlayerHttp {
  readonly #init: PlayerHttpInit
  #agent: Agent

  /** `localAddress` is what it dials from; `maxSockets` connections at once, 2 unless given. */
  constructor (init: PlayerHttpInit = {}) {
    this.#init = init
    this.#agent = this.#newAgent()
  }

  /** Rejects when no whole answer comes. */
  async get (url: string, { signal, onBytes }: GetOptions): Promise<Answer> {
    const agent = this.#agent
    return await new Promise((resolve, reject) => {
      const headers = { te: 'trailers' }
      const asked = request(url, { agent, signal, headers }, response => {
        bodyOf(response, onBytes).then(bytes => {
          const { statusCode: status = 0, headers, trailers } = response
          resolve({ status, headers: { ...headers, ...trailers }, bytes })
        }, reject)
      })
      asked.on('error', reject)
      asked.end()
    })
  }

  /** Closes its connections; the next request opens one. */
  drop (): void {
    this.#agent.destroy()
    this.#agent = this.#newAgent()
  }

  close (): void {
    this.#agent.destroy()
  }

  #newAgent (): Agent {
    return new Agent({ maxSockets: 2, ...this.#init, keepAlive: true })
  }
}

async function bodyOf (
  response: IncomingMessage, onBytes: GetOptions['onBytes']
): Promise<Buffer> {
  const { 'content-length': length, 'cdnd-size': total = length } = response.headers
  const chunks: Buffer[] = []
  let received = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk)
    received += chunk.byteLength
    if (total != null) onBytes?.(received, Number(total))
  }
  return Buffer.concat(chunks)
}
