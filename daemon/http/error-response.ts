/**
 * Failures as HTTP answers. in: an error by its name. out: a status and `{error, message}`.
 */

import type { FastifyReply } from 'fastify'
import type { ErrorBody } from '../../protocols/control/index.ts'

/** Error name → status: the only place that knows. */
const STATUS: Record<string, number> = {
  InvalidArgumentError: 400,
  InvalidCidError: 400,
  InvalidConfigError: 400,
  UnauthorizedError: 401,
  ForbiddenError: 403,
  ContentNotFoundError: 404,
  NotInManifestError: 404,
  NotFoundError: 404,
  PeerNotFoundError: 404,
  MethodNotAllowedError: 405,
  BodyTooLargeError: 413,
  RangeNotSatisfiableError: 416,
  InvalidMediaError: 422,
  RateLimitedError: 429,
  AbortError: 499,
  FfmpegNotFoundError: 501,
  RoutingOffError: 501,
  BlockMismatchError: 502,
  BlockTooLargeError: 502,
  InvalidMessageError: 502,
  InvalidPageError: 502,
  InvalidRootError: 502,
  InvalidSignatureError: 502,
  PeerGoneError: 502,
  PeerUnreachableError: 502,
  UpstreamError: 502,
  WrongPublisherError: 502,
  OverloadedError: 503,
  PeerBusyError: 503,
  DeadlineError: 504,
  DiskFullError: 507,
  QuotaExceededError: 507
}

/** Names for what the HTTP server itself refuses. */
const NAMES: Record<number, string> = {
  400: 'InvalidArgumentError',
  404: 'NotFoundError',
  405: 'MethodNotAllowedError',
  408: 'RequestTimeoutError',
  413: 'BodyTooLargeError',
  414: 'InvalidArgumentError',
  415: 'UnsupportedMediaTypeError',
  429: 'RateLimitedError',
  431: 'HeadersTooLargeError',
  503: 'OverloadedError'
}
const INTERNAL = 500
const RETRY_SECONDS = 1

type Thrown = Partial<Error> & { statusCode?: number }
export interface ErrorAnswer { status: number, body: ErrorBody }

/** What to answer. A failure without a status of its own is ours, and its text stays in our log. */
export function errorAnswer (err: unknown): ErrorAnswer {
  const { name = '', message = '', statusCode } = Object(err) as Thrown
  const status = STATUS[name]
  if (status !== undefined) return { status, body: { error: name, message } }
  const known = statusCode === undefined ? undefined : NAMES[statusCode]
  if (statusCode === undefined || known === undefined) {
    const text = 'something went wrong in this node: its log says what'
    return { status: INTERNAL, body: { error: 'InternalError', message: text } }
  }
  return { status: statusCode, body: { error: known, message } }
}

/** Sends the answer, with the headers its status asks for. */
export function sendError (reply: FastifyReply, err: unknown): FastifyReply {
  const { status, body } = errorAnswer(err)
  reply.code(status).header('cache-control', 'no-store')
  if (status === 401) reply.header('www-authenticate', 'Bearer')
  if (status === 413) reply.header('connection', 'close')
  if (status === 416) reply.header('content-range', `bytes */${(err as { size: number }).size}`)
  if (status === 503) reply.header('retry-after', retrySeconds(err))
  return reply.type('application/json; charset=utf-8').send(JSON.stringify(body))
}

function retrySeconds (err: unknown): number {
  const { retryAfterMs } = err as { retryAfterMs?: number }
  return retryAfterMs === undefined ? RETRY_SECONDS : Math.ceil(retryAfterMs / 1000)
}

/** The same for a request so broken that there is no reply object: a whole HTTP response. */
export function rawErrorResponse (code: string | undefined): string {
  const [status, phrase, message] = code === 'HPE_HEADER_OVERFLOW'
    ? [431, 'Request Header Fields Too Large', 'the headers are too large']
    : code === 'ERR_HTTP_REQUEST_TIMEOUT'
      ? [408, 'Request Timeout', 'the request took too long to arrive']
      : [400, 'Bad Request', 'this is not an HTTP request']
  const body = JSON.stringify({ error: NAMES[status as number], message })
  return `HTTP/1.1 ${status} ${phrase}\r\nconnection: close\r\n` +
    `content-type: application/json; charset=utf-8\r\ncontent-length: ${body.length}\r\n\r\n${body}`
}
