/**
 * How a page comes into the swarm. in: a host and a tracker. out: a fastify plugin, open to any
 * page, with its routes.
 *
 *   GET  /join?content=&page=     → {network, peer, addresses, iceServers, region, viewers}
 *   GET  /viewers/{id}?page=      → {viewers}; whoever asks with `page` is counted
 *   POST /farewell                body: a leave's envelope, as text/plain → {known}
 *
 * None of them needs a preflight: a page that closes has no time for one.
 */

import type { FastifyInstance, FastifyPluginAsync, FastifyRequest } from 'fastify'
import type { Multiaddr } from '@multiformats/multiaddr'
import type { CID } from 'multiformats/cid'
import { parseCid } from '../protocols/cid.ts'
import type { Clock } from '../protocols/clock.ts'
import { InvalidArgumentError } from '../protocols/errors.ts'
import type { Host } from '../protocols/host.ts'
import { MAX_ENVELOPE_BYTES } from '../protocols/limits.ts'
import { isRelayed } from '../protocols/nat/index.ts'
import { type IceSettings, iceServers } from './ice-servers.ts'
import type { RateLimit } from './token-buckets.ts'
import { type BootstrapTracker, DEFAULT_ADDRESS_RATE } from './tracker.ts'
import { envelopeOf, speakAsTracker } from './tracker-routes.ts'
import { WaitingRoom } from './waiting-room.ts'

export interface JoinRoutesComponents {
  host: Pick<Host, 'peerId' | 'getMultiaddrs'>
  tracker: Pick<BootstrapTracker, 'submit' | 'audience'>
  clock: Clock
}

export interface JoinRoutesInit extends IceSettings {
  network: string
  region: string
  /** Of one address, {@link DEFAULT_ADDRESS_RATE}. */
  addressRate?: RateLimit
}

/** More ways to us than a page tries. */
const MAX_TOLD_ADDRESSES = 8
const PAGE = /^[\w-]{8,64}$/

interface Query { content?: unknown, page?: unknown }

export function joinRoutes (
  components: JoinRoutesComponents, init: JoinRoutesInit
): FastifyPluginAsync {
  const { host, clock } = components
  const waiting = new WaitingRoom({ clock })
  return async app => {
    await speakAsTracker(app, init.addressRate ?? DEFAULT_ADDRESS_RATE)
    app.addHook('onSend', async (_request, reply) => {
      reply.header('access-control-allow-origin', '*').header('cache-control', 'no-store')
    })
    app.get<{ Querystring: Query }>('/join', async ({ query }) => {
      const content = query.content == null ? undefined : parseCid(String(query.content))
      const page = pageOf(query)
      if (content != null && page != null) waiting.leave(content, page)
      return {
        network: init.network,
        peer: host.peerId.toString(),
        addresses: host.getMultiaddrs().filter(isForPages).slice(0, MAX_TOLD_ADDRESSES).map(String),
        iceServers: iceServers(init, clock),
        region: init.region,
        ...(content != null && { viewers: await viewersOf(content, components, waiting) })
      }
    })
    app.get<{ Params: { id: string }, Querystring: Query }>('/viewers/:id',
      async ({ params, query }) => {
        const content = parseCid(params.id)
        const page = pageOf(query)
        if (page != null) waiting.enter(content, page)
        return { viewers: await viewersOf(content, components, waiting) }
      })
    farewellRoute(app, components)
  }
}

function farewellRoute (app: FastifyInstance, { tracker }: JoinRoutesComponents): void {
  app.addContentTypeParser('text/plain', { parseAs: 'buffer', bodyLimit: MAX_ENVELOPE_BYTES },
    async (_: FastifyRequest, body: Buffer) => body)
  app.post('/farewell', { bodyLimit: MAX_ENVELOPE_BYTES }, async request =>
    await tracker.submit('leave', envelopeOf(request), { ip: request.ip }))
}

/** Those in the swarm, and those that wait for it to be worth while. */
async function viewersOf (
  content: CID, { tracker }: JoinRoutesComponents, waiting: WaitingRoom
): Promise<number> {
  return await tracker.audience(content) + waiting.count(content)
}

/** A page can dial WebRTC that is told with its certificate, and WebSockets. */
function isForPages (address: Multiaddr): boolean {
  const names = address.getComponents().map(({ name }) => name)
  return !isRelayed(address) && names.some(name => ['webrtc-direct', 'ws', 'wss'].includes(name))
}

/** @throws InvalidArgumentError */
function pageOf ({ page }: Query): string | undefined {
  if (page == null) return undefined
  if (typeof page === 'string' && PAGE.test(page)) return page
  throw new InvalidArgumentError('"page" is 8 to 64 letters, digits, "-" or "_", by chance')
}
