/**
 * The gateway: read-only HTTP for players, pages and peers. A peer's own, an edge's and an origin's
 * public HTTP are the same routes over the same retrieval.
 */

import fastifyCors from '@fastify/cors'
import { CLIENT_HEADER, PEER_HEADER } from '../../protocols/client-headers.ts'
import { admit } from './admit.ts'
import { blockRoutes } from './block-routes.ts'
import { segmentRoutes } from './media-routes.ts'
import { nodeRoutes } from './node-routes.ts'
import { Outgoing } from './outgoing.ts'
import { pageRoutes } from './page-routes.ts'
import { countPlays } from './play-counting.ts'
import { playbackRoutes } from './playback-routes.ts'
import { HttpServer } from './server.ts'
import type { HttpServerInit } from './server.ts'
import type { GatewayComponents } from './types.ts'

const PREFLIGHT_SECONDS = 86_400

export type GatewayInit = Omit<HttpServerInit, 'listener'> & {
  /** Media in memory that no client has read yet. */
  maxOutgoingBytes?: number
}

/**
 * A gateway, not started.
 *
 * @example
 * const listener = gateway(config.gateway)({ retrieval, store, titles, node, metrics, logger })
 * await listener.start()
 */
export const gateway = (init: GatewayInit) => (components: GatewayComponents): HttpServer => {
  const outgoing = new Outgoing(init.maxOutgoingBytes)
  return new HttpServer(components, { ...init, listener: 'gateway' }, async app => {
    await app.register(fastifyCors, {
      origin: '*',
      methods: ['GET', 'HEAD'],
      allowedHeaders: [
        'range', 'if-none-match', 'if-range', 'prefer', CLIENT_HEADER, PEER_HEADER
      ],
      exposedHeaders: '*',
      maxAge: PREFLIGHT_SECONDS
    })
    if (components.plays !== undefined) await countPlays(components, components.plays)(app)
    if (components.pages !== undefined) await pageRoutes(components.pages)(app)
    if (components.admission !== undefined) admit(app, components.admission, components)
    for (const routes of [
      nodeRoutes(components),
      playbackRoutes(components),
      segmentRoutes(components, outgoing),
      blockRoutes(components, outgoing)
    ]) await routes(app)
  })
}
