/**
 * How far other nodes are, and the ways to them.
 */

import { peerIdFromString } from '@libp2p/peer-id'
import { z } from 'zod'
import type { RouteDetail } from '../../protocols/control/routes.ts'
import { InvalidArgumentError, PeerNotFoundError, RoutingOffError } from '../../protocols/errors.ts'
import type { Routes as PeerRoutes } from '../routing/index.ts'
import { sendJson } from './send-json.ts'
import { READ, type Routes } from './server.ts'
import type { ControlComponents } from './types.ts'

const QUERY = z.strictObject({ to: z.string().optional() })

export const routingRoutes = ({ routes }: Pick<ControlComponents, 'routes'>): Routes => app => {
  app.route({
    method: READ,
    url: '/routes',
    handler: async ({ query }, reply) => {
      const { data } = QUERY.safeParse(query)
      if (data == null) throw new InvalidArgumentError('ask for /routes, or /routes?to=PEER')
      if (routes == null) {
        throw new RoutingOffError('this node does not gather how far others are: routing is off')
      }
      return sendJson(reply, data.to == null ? routes.rows() : detailOf(routes, data.to))
    }
  })
}

/** @throws InvalidArgumentError PeerNotFoundError */
function detailOf (routes: PeerRoutes, to: string): RouteDetail {
  const peer = parsePeer(to)
  const row = routes.rows().find(row => row.peer === peer)
  if (row != null) return { ...row, relays: routes.routeTo(peer)?.hops ?? [] }
  const estimate = routes.estimate(peer)
  if (estimate == null || estimate.basis === 'measured') {
    throw new PeerNotFoundError(`nothing is known here of ${peer}, nor of the way to it`)
  }
  return { peer, estimatedMs: estimate.rttMs, basis: estimate.basis, relays: [] }
}

function parsePeer (text: string): string {
  try {
    return peerIdFromString(text).toString()
  } catch (cause) {
    const shown = text.slice(0, 80)
    throw new InvalidArgumentError(`"${shown}" is no peer ID: give one as 12D3KooW…`, { cause })
  }
}
