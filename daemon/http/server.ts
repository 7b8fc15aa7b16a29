/**
 * An HTTP listener that strangers may talk to. in: routes and limits. out: a listener in which
 * every failure is `{error, message}`, every size and wait has a bound, and stopping has an end.
 */

import fastifyRateLimit from '@fastify/rate-limit'
import fastify from 'fastify'
import { AddressInUseError, InvalidConfigError, RateLimitedError } from '../../protocols/errors.ts'
import { MAX_HTTP_HEADER_BYTES, MAX_HTTP_JSON_BYTES } from '../../protocols/limits.ts'
import { rawErrorResponse, sendError } from './error-response.ts'
import { refuseLargeBody, refuseUnknownRoute } from './refuse.ts'
import { spareConnections } from './spare-connections.ts'
import type { AddressInfo, Socket } from 'node:net'
import type { ComponentLogger, Logger } from '@libp2p/interface'
import type { FastifyInstance } from 'fastify'
import type { HttpListener, HttpMetrics, Listener } from './types.ts'

export interface HttpServerComponents { metrics: HttpMetrics, logger: ComponentLogger }

export interface HttpServerInit {
  listener: Listener
  host: string
  /** 0 for any free one. */
  port: number
  /** Connections open at once. Higher: more players; lower: less memory. */
  maxConnections?: number
  /** Requests one address may make in a minute; 0, the default, for no limit. */
  requestsPerMinute?: number
  /** The largest body of a route that sets no limit of its own. */
  maxBodyBytes?: number
  /** Headers must be there within this time. Lower: slow attackers go sooner. */
  headersTimeoutMs?: number
  /** The whole request must be there within this time. */
  requestTimeoutMs?: number
  /** A connection on which nothing moves is closed; longer than any answer takes to begin. */
  idleTimeoutMs?: number
}

/** The methods of every route that only reads. */
export const READ = ['GET', 'HEAD']

export const DEFAULT_MAX_CONNECTIONS = 1024
export const DEFAULT_HEADERS_TIMEOUT_MS = 10_000
export const DEFAULT_REQUEST_TIMEOUT_MS = 60_000
export const DEFAULT_IDLE_TIMEOUT_MS = 120_000
/**
 * Peers look every half minute whether an edge is there, at rest every one and a half. Higher: who
 * presses play more often finds a connection open; lower: fewer of them, which count among those a
 * server may have.
 */
export const KEEP_ALIVE_MS = 115_000
const CHECK_MS = 2_000
const STOP_GRACE_MS = 2_000
const MAX_PARAM_LENGTH = 512
const MAX_CLIENTS_COUNTED = 10_000

export class HttpServer implements HttpListener {
  readonly #init: HttpServerInit
  readonly #log: Logger
  readonly #metrics: HttpMetrics
  readonly #app: FastifyInstance
  #isStarted = false

  constructor (components: HttpServerComponents, init: HttpServerInit, routes: Routes) {
    this.#init = init
    this.#metrics = components.metrics
    this.#log = components.logger.forComponent(`cdnd:http:${init.listener}`)
    this.#app = createApp(init)
    const { maxConnections = DEFAULT_MAX_CONNECTIONS } = init
    this.#app.server.maxConnections = maxConnections
    spareConnections(this.#app, maxConnections)
    this.#observe()
    void this.#app.register(async app => { await routes(app) })
  }

  /** The routes without a socket, for tests: `inject`. */
  get app (): FastifyInstance { return this.#app }

  async start (): Promise<void> {
    if (this.#isStarted) return
    const { host, port } = this.#init
    try {
      await this.#app.listen({ host, port })
    } catch (err) {
      throw listenFailure(err, this.#init)
    }
    this.#isStarted = true
    this.#log('listening on %s', this.url())
  }

  /** Lets answers under way finish for a moment, then closes what is left. */
  async stop (): Promise<void> {
    const timer = setTimeout(() => { this.#app.server.closeAllConnections() }, STOP_GRACE_MS)
    await this.#app.close()
    clearTimeout(timer)
  }

  url (): string {
    const { port } = this.#app.server.address() as AddressInfo
    return `http://${reachable(this.#init.host)}:${port}`
  }

  #observe (): void {
    this.#app.setErrorHandler((err, request, reply) => {
      const answer = sendError(reply, err)
      if (reply.statusCode === 500) this.#log.error('%s %s: %e', request.method, request.url, err)
      return answer
    })
    this.#app.addHook('onResponse', (request, reply, done) => {
      this.#metrics.answered({
        listener: this.#init.listener,
        route: request.routeOptions.url ?? 'unmatched',
        status: reply.statusCode,
        seconds: reply.elapsedTime / 1000,
        bytes: request.method === 'HEAD' ? 0 : Number(reply.getHeader('content-length') ?? 0)
      })
      this.#log.trace('%s %s %d', request.method, request.url, reply.statusCode)
      done()
    })
  }
}

/** Adds its routes to a listener. */
export type Routes = (app: FastifyInstance) => void | Promise<void>

function createApp (init: HttpServerInit): FastifyInstance {
  const headersTimeout = init.headersTimeoutMs ?? DEFAULT_HEADERS_TIMEOUT_MS
  const app = fastify({
    bodyLimit: init.maxBodyBytes ?? MAX_HTTP_JSON_BYTES,
    connectionTimeout: init.idleTimeoutMs ?? DEFAULT_IDLE_TIMEOUT_MS,
    requestTimeout: init.requestTimeoutMs ?? DEFAULT_REQUEST_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    forceCloseConnections: 'idle',
    exposeHeadRoutes: false,
    routerOptions: { maxParamLength: MAX_PARAM_LENGTH },
    http: {
      maxHeaderSize: MAX_HTTP_HEADER_BYTES,
      headersTimeout,
      connectionsCheckingInterval: Math.min(CHECK_MS, headersTimeout)
    },
    frameworkErrors: (err, _request, reply) => { sendError(reply, err) },
    clientErrorHandler: endBroken
  })
  refuseLargeBody(app)
  refuseUnknownRoute(app)
  const { requestsPerMinute = 0 } = init
  if (requestsPerMinute > 0) {
    void app.register(fastifyRateLimit, {
      max: requestsPerMinute,
      timeWindow: 60_000,
      cache: MAX_CLIENTS_COUNTED,
      errorResponseBuilder: (_request, { after }) =>
        new RateLimitedError(`more than ${requestsPerMinute} requests a minute: wait ${after}`)
    })
  }
  return app
}

function endBroken (err: Error & { code?: string }, socket: Socket): void {
  if (err.code === 'ECONNRESET' || !socket.writable) socket.destroy()
  else socket.end(rawErrorResponse(err.code), () => { socket.destroy() })
}

function reachable (host: string): string {
  const name = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host
  return name.includes(':') ? `[${name}]` : name
}

function listenFailure (cause: unknown, { listener, host, port }: HttpServerInit): Error {
  const { code, message: text } = cause as Error & { code?: string }
  if (code === 'EADDRINUSE') {
    return new AddressInUseError(`${listener}.port: another program listens on ${host}:${port}: ` +
      `choose another with --${listener}-port, or 0 for any free one`, { cause })
  }
  const why = code === 'EACCES'
    ? 'this user may not: choose a port from 1024 up'
    : code === 'EADDRNOTAVAIL' ? 'this machine has no such address' : text
  const message = `${listener}.host: cannot listen on ${host}:${port}: ${why}`
  return new InvalidConfigError(message, { cause })
}
