/**
 * HTTP requests over connections that stay open: what fetch is to a browser.
 * in: a URL, headers, a signal. out: the answer, its body read as it comes.
 *
 * Node's own fetch opens a second connection while the first is on its way back to the pool, and
 * takes twice the time and CPU for a block.
 */

import {
  Agent as HttpAgent, type IncomingMessage, request as httpRequest, type RequestOptions
} from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import type { HttpAnswer, HttpFetch, HttpFetchInit } from './discovery/index.ts'

/** A free connection is kept for so long, or as long as the server says. */
export const IDLE_MS = 130_000

/** Connections to one server. */
const MAX_SOCKETS = 32

/** A shorter rest of a body that nobody wants is read, which keeps the connection. */
const MAX_DRAINED_BYTES = 64 * 1024

export interface HttpFetchSettings {
  /** An IP address of this machine to connect from; any unless given. */
  localAddress?: string
}

/** Fails as fetch does: with a TypeError, or the signal's reason. */
export function createHttpFetch (from: HttpFetchSettings = {}): HttpFetch {
  const settings = {
    ...from, keepAlive: true, timeout: IDLE_MS, maxSockets: MAX_SOCKETS, scheduling: 'lifo'
  } as const
  const agents = { 'http:': new HttpAgent(settings), 'https:': new HttpsAgent(settings) }
  return async (url, init) => {
    init.signal.throwIfAborted()
    const { protocol } = new URL(url)
    const agent = agents[protocol === 'https:' ? protocol : 'http:']
    try {
      const message = await ask(url, agent, init)
      if (init.method === 'HEAD') {
        await discard(message, 0)
      }
      return answerOf(url, message)
    } catch (err) {
      init.signal.throwIfAborted()
      // The server closed the connection while we took it for free: nothing was answered.
      if ((err as { isStale?: boolean }).isStale) {
        return answerOf(url, await ask(url, false, init).catch(failed))
      }
      return failed(err)
    }
  }
}

function ask (
  url: string, agent: HttpAgent | false, { method = 'GET', headers = {}, signal }: HttpFetchInit
): Promise<IncomingMessage> {
  const options: RequestOptions = { method, headers, signal, agent }
  return new Promise((resolve, reject) => {
    const send = url.startsWith('https:') ? httpsRequest : httpRequest
    const request = send(url, options, resolve)
    request.on('error', (err: NodeJS.ErrnoException) => {
      reject(Object.assign(err, { isStale: request.reusedSocket && err.code === 'ECONNRESET' }))
    })
    request.end()
  })
}

function answerOf (url: string, message: IncomingMessage): HttpAnswer {
  const { statusCode: status = 0, headers } = message
  const chunks = message[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>
  const lengthBytes = Number(headers['content-length'] ?? Infinity)
  const cancel = (): Promise<void> => discard(message, lengthBytes)
  if (status >= 300 && status < 400 && headers.location != null) {
    void cancel()
    throw new TypeError('a redirect, which is not followed')
  }
  return {
    url,
    status,
    headers: {
      get: name => {
        const value = headers[name]
        return Array.isArray(value) ? value.join(', ') : value ?? null
      }
    },
    body: { cancel, getReader: () => ({ cancel, read: () => chunks.next().catch(failed) }) }
  }
}

/** Resolves when the connection is free for the next request, or closed. */
async function discard (message: IncomingMessage, leftBytes: number): Promise<void> {
  await new Promise<void>(resolve => {
    message.once('end', resolve).once('close', resolve)
    if (leftBytes <= MAX_DRAINED_BYTES) {
      message.resume()
    } else {
      message.destroy()
    }
  })
}

function failed (cause: unknown): never {
  throw cause instanceof TypeError ? cause : new TypeError('the request failed', { cause })
}
