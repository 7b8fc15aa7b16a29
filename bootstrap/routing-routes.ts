/**
 * The tracker as any IPFS client asks it: the delegated routing HTTP API, version 1.
 * in: a tracker. out: a fastify plugin with its routes.
 *
 *   GET /routing/v1/providers/{cid}      who has a title; of a segment or block, who has its title
 *   GET /routing/v1/peers/{peer ID}      where a node is
 *
 * Both as JSON, or a line a record where `application/x-ndjson` is accepted, with `filter-addrs`
 * and `filter-protocols`. Nobody is found: 200 and an empty list, as IPIP-513 has it.
 * https://specs.ipfs.tech/routing/http-routing-v1/
 */

import { Readable } from 'node:stream'
import fastifyCors from '@fastify/cors'
import type { PeerId } from '@libp2p/interface'
import { peerIdFromCID, peerIdFromString } from '@libp2p/peer-id'
import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { CID } from 'multiformats/cid'
import { assertCid } from '../protocols/cid.ts'
import { InvalidArgumentError } from '../protocols/errors.ts'
import { EXCHANGE_PROTOCOL } from '../protocols/exchange/index.ts'
import type { NodeRecord } from '../protocols/tracker/index.ts'
import { filterRecords, parseFilters, type PeerRecord } from './filter-records.ts'
import type { RateLimit } from './token-buckets.ts'
import { type BootstrapTracker, DEFAULT_ADDRESS_RATE } from './tracker.ts'
import { callerOf, speakAsTracker } from './tracker-routes.ts'

export interface RoutingRoutesOptions {
  /** Of one address, {@link DEFAULT_ADDRESS_RATE}. */
  addressRate?: RateLimit
}

const PREFIX = '/routing/v1'
const NDJSON = 'application/x-ndjson'
/** A heartbeat's time; and what a node's word is good for, the tracker's TTL. */
const FOUND_SECONDS = 30
const LIFE_SECONDS = 120
const NONE_SECONDS = 15
/** What the specification calls "does not conform to schema or semantic constraints". */
const STATUSES = { InvalidArgumentError: 422 }
/** Of the API, and not of ours. */
const UNSUPPORTED = /^\/routing\/v1\/(ipns|dht)\//

type ById = { Params: { id: string } }

export function routingRoutes (
  tracker: BootstrapTracker, options: RoutingRoutesOptions = {}
): FastifyPluginAsync {
  return async app => {
    await app.register(async routes => {
      await speakAsTracker(routes, options.addressRate ?? DEFAULT_ADDRESS_RATE, STATUSES)
      await routes.register(fastifyCors, { origin: '*', methods: ['GET', 'OPTIONS'] })
      providerRoutes(routes, tracker)
      refusals(routes)
    }, { prefix: PREFIX })
  }
}

function providerRoutes (app: FastifyInstance, tracker: BootstrapTracker): void {
  app.get<ById>('/providers/:id', async (request, reply) => {
    const found = await providersOf(tracker, cidFrom(request.params.id), request)
    return send(request, reply, 'Providers', found.map(recordOf))
  })
  app.get<ById>('/peers/:id', async (request, reply) => {
    const node = await tracker.node(peerFrom(request.params.id).toString())
    return send(request, reply, 'Peers', node == null ? [] : [recordOf(node.record)])
  })
}

/** A CID of a kind we do not use is one that nobody here has. */
async function providersOf (
  tracker: BootstrapTracker, cid: CID, request: FastifyRequest
): Promise<NodeRecord[]> {
  if (!isOurs(cid)) return []
  const caller = callerOf(request)
  const holders = await tracker.lookup(cid, caller)
  if (holders.length > 0) return holders.map(({ record }) => record)
  const content = await tracker.resolve(cid)
  if (content == null) return []
  return (await tracker.lookup(content, caller)).map(({ record }) => record)
}

function isOurs (cid: CID): boolean {
  try {
    return assertCid(cid) === cid
  } catch {
    return false
  }
}

function recordOf ({ peer, addresses }: NodeRecord): PeerRecord {
  return {
    Schema: 'peer',
    ID: peer.toString(),
    Addrs: addresses.map(address => address.toString()),
    Protocols: [EXCHANGE_PROTOCOL]
  }
}

function send (
  request: FastifyRequest, reply: FastifyReply, name: 'Providers' | 'Peers', all: PeerRecord[]
): FastifyReply {
  const records = filterRecords(all, filtersOf(request))
  const stale = `stale-while-revalidate=${LIFE_SECONDS}, stale-if-error=${LIFE_SECONDS}`
  const ageSeconds = records.length > 0 ? FOUND_SECONDS : NONE_SECONDS
  reply.headers({
    vary: 'accept',
    'cache-control': `public, max-age=${ageSeconds}, ${stale}`,
    'last-modified': new Date().toUTCString()
  })
  if (!acceptsLines(request)) return reply.type('application/json').send({ [name]: records })
  const lines = records.map(record => `${JSON.stringify(record)}\n`)
  return reply.type(NDJSON).send(Readable.from(lines))
}

/** Lines only for who asks for them by name. */
function acceptsLines ({ headers: { accept = '' } }: FastifyRequest): boolean {
  return accept.split(',').some(one => one.trim().split(';')[0] === NDJSON)
}

function filtersOf (request: FastifyRequest): ReturnType<typeof parseFilters> {
  return parseFilters(request.query as Record<string, unknown>)
}

function cidFrom (text: string): CID {
  return readId(() => CID.parse(text).toV1())
}

/** In base58, or as a CID with the libp2p-key codec. */
function peerFrom (text: string): PeerId {
  return readId(() =>
    /^(1|Qm)/.test(text) ? peerIdFromString(text) : peerIdFromCID(CID.parse(text)))
}

function readId<T> (read: () => T): T {
  try {
    return read()
  } catch (cause) {
    throw new InvalidArgumentError((cause as Error).message, { cause })
  }
}

function refusals (app: FastifyInstance): void {
  app.setNotFoundHandler((request, reply) => {
    const isKnown = request.method !== 'GET' || UNSUPPORTED.test(request.url)
    return reply.code(isKnown ? 501 : 400).send(isKnown
      ? { error: 'NotImplementedError', message: 'this router finds providers and peers only' }
      : { error: 'NotFoundError', message: `there is nothing at ${request.url.slice(0, 80)}` })
  })
}
