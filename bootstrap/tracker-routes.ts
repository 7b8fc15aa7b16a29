/**
 * The tracker over HTTP: the same envelopes and answers as over libp2p, and words for people.
 * in: a tracker. out: a fastify plugin with its routes.
 *
 *   POST /announce /heartbeat /withdraw /leave   body: the envelope → {known}
 *   GET  /providers/{content id}?region=         → {providers: [{envelope: base64, peer, role, …}]}
 *   GET  /sources?region=                        → {providers}: edges and origins
 *   GET  /segments/{segment ID or any CID}       → {content, providers}, or 404
 *   GET  /healthz                                → {status: 'ok', nodes, titles, segments, bytes}
 *
 * Errors are `{error, message, reason?}` with the status of STATUSES.
 */

import rateLimit from '@fastify/rate-limit'
import type {
  FastifyError, FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest
} from 'fastify'
import { base64 } from 'multiformats/bases/base64'
import type { CID } from 'multiformats/cid'
import { parseCid } from '../protocols/cid.ts'
import { parseSegmentId } from '../protocols/content/segment-id.ts'
import {
  ContentNotFoundError, InvalidArgumentError, InvalidMessageError, RateLimitedError,
  RecordRefusedError
} from '../protocols/errors.ts'
import { MAX_ENVELOPE_BYTES, MAX_REGION_LENGTH } from '../protocols/limits.ts'
import { toAnswer } from '../protocols/tracker/answered-error.ts'
import { ENVELOPE_CONTENT_TYPE } from '../protocols/tracker/http-transport.ts'
import type { Caller, NodeRecord, TrackedProvider } from '../protocols/tracker/index.ts'
import { STATEMENT_KINDS } from '../protocols/tracker/statement.ts'
import type { RateLimit } from './token-buckets.ts'
import { type BootstrapTracker, DEFAULT_ADDRESS_RATE } from './tracker.ts'

export interface TrackerRoutesOptions {
  /** Of one address, {@link DEFAULT_ADDRESS_RATE}. */
  addressRate?: RateLimit
}

const STATUSES: Record<string, number> = {
  InvalidMessageError: 400,
  InvalidCidError: 400,
  InvalidArgumentError: 400,
  RecordRefusedError: 403,
  ContentNotFoundError: 404,
  PeerNotFoundError: 404,
  // The listener's own refusal, before a byte of the body is read.
  BodyTooLargeError: 413,
  RateLimitedError: 429,
  OverloadedError: 503,
  TrackerFullError: 503,
  TrackerUnavailableError: 503
}

const RETRY_SECONDS = 1

export function trackerRoutes (
  tracker: BootstrapTracker, options: TrackerRoutesOptions = {}
): FastifyPluginAsync {
  return async app => {
    await speakAsTracker(app, options.addressRate ?? DEFAULT_ADDRESS_RATE)
    statementRoutes(app, tracker)
    questionRoutes(app, tracker)
  }
}

/**
 * Has routes take envelopes, at a rate an address, and tell failures by the tracker's statuses,
 * those in `statuses` by others.
 */
export async function speakAsTracker (
  app: FastifyInstance, { perSecond, burst }: RateLimit, statuses: Record<string, number> = {}
): Promise<void> {
  await app.register(rateLimit, {
    max: burst,
    timeWindow: Math.ceil(burst / perSecond * 1000),
    errorResponseBuilder: () => new RateLimitedError(
      'too many requests from this address: slow down'
    )
  })
  const known = { ...STATUSES, ...statuses }
  app.setErrorHandler((err: FastifyError, request, reply) => {
    sendError(err, known[err.name], request, reply)
  })
  app.removeAllContentTypeParsers()
  app.addContentTypeParser(ENVELOPE_CONTENT_TYPE,
    { parseAs: 'buffer', bodyLimit: MAX_ENVELOPE_BYTES },
    async (_: FastifyRequest, body: Buffer) => body)
}

/** @throws InvalidMessageError */
export function envelopeOf ({ body }: FastifyRequest): Uint8Array {
  if (body instanceof Uint8Array) return body
  throw new InvalidMessageError(`send the envelope as ${ENVELOPE_CONTENT_TYPE}`)
}

function statementRoutes (app: FastifyInstance, tracker: BootstrapTracker): void {
  for (const kind of STATEMENT_KINDS) {
    app.post(`/${kind}`, { bodyLimit: MAX_ENVELOPE_BYTES }, async request =>
      await tracker.submit(kind, envelopeOf(request), callerOf(request)))
  }
}

function questionRoutes (app: FastifyInstance, tracker: BootstrapTracker): void {
  const providersOf = async (
    content: CID, request: FastifyRequest, reply: FastifyReply
  ): Promise<FastifyReply> => sendProviders(
    reply, { content: content.toString() }, await tracker.lookup(content, callerOf(request)))
  app.get<{ Params: { id: string } }>('/providers/:id', async (request, reply) =>
    await providersOf(parseCid(request.params.id), request, reply))
  app.get<{ Params: { '*': string } }>('/segments/*', async (request, reply) => {
    const content = await titleOf(tracker, request.params['*'])
    if (content == null) {
      throw new ContentNotFoundError(
        'no origin has told which title this belongs to: ask by the content ID'
      )
    }
    return await providersOf(content, request, reply)
  })
  app.get('/sources', async (request, reply) =>
    sendProviders(reply, {}, await tracker.httpSources(callerOf(request))))
  app.get('/healthz', async () => ({ status: 'ok', ...await tracker.size() }))
}

/** A segment ID has its title in it; a bare CID is looked up. */
async function titleOf (tracker: BootstrapTracker, id: string): Promise<CID | undefined> {
  return id.includes('/') ? parseSegmentId(id).content : await tracker.resolve(parseCid(id))
}

/** @throws InvalidArgumentError */
export function callerOf (request: FastifyRequest): Caller {
  const { region } = request.query as { region?: unknown }
  if (region != null && (typeof region !== 'string' || region.length > MAX_REGION_LENGTH)) {
    throw new InvalidArgumentError(
      `"region" is one name of at most ${MAX_REGION_LENGTH} characters`
    )
  }
  return { ip: request.ip, region: region as string | undefined }
}

/** JSON, put together from parts that are made once a record: answers repeat them. */
function sendProviders (
  reply: FastifyReply, head: object, providers: TrackedProvider[]
): FastifyReply {
  const parts = providers.map(({ record, envelope, renditions, rttMs, interested }) =>
    joined(inWords(record, envelope), JSON.stringify({ renditions, rttMs, interested })))
  const list = `{"providers":[${parts.join(',')}]}`
  return reply.type('application/json; charset=utf-8').send(joined(JSON.stringify(head), list))
}

/** One JSON object out of two. */
function joined (first: string, second: string): string {
  if (first === '{}') return second
  return second === '{}' ? first : `${first.slice(0, -1)},${second.slice(1)}`
}

const described = new WeakMap<NodeRecord, string>()

function inWords (record: NodeRecord, envelope: Uint8Array): string {
  const known = described.get(record)
  if (known != null) return known
  const words = JSON.stringify({
    envelope: base64.baseEncode(envelope),
    peer: record.peer.toString(),
    role: record.role,
    region: record.region,
    addresses: record.addresses.map(address => address.toString()),
    http: record.http
  })
  described.set(record, words)
  return words
}

function sendError (
  err: FastifyError, known: number | undefined, request: FastifyRequest, reply: FastifyReply
): void {
  // What fastify itself refuses (a body too large, a wrong content type) has a status of its own.
  const status = known ?? (err.statusCode != null && err.statusCode < 500 ? err.statusCode : 500)
  if (status >= 500 && known == null) {
    request.log.error(err)
  }
  if (status === 503) reply.header('retry-after', RETRY_SECONDS)
  // The rest of the body is not waited for.
  if (status === 413) reply.header('connection', 'close')
  reply.code(status).send(bodyOf(err, status))
}

function bodyOf (err: Error, status: number): object {
  if (status === 413) {
    return toAnswer(
      new RecordRefusedError('too-large', `an envelope is at most ${MAX_ENVELOPE_BYTES} bytes`)
    )
  }
  if (STATUSES[err.name] != null) {
    return { ...toAnswer(err), error: err.name, message: err.message }
  }
  return status < 500 ? toAnswer(new InvalidMessageError(err.message)) : toAnswer(err)
}
