/**
 * The topology over HTTP.
 * in: a tracker, and its graph.
 * out: a fastify plugin for whoever asks, and routes for the operator.
 *
 *   POST   /peers /edges       body: a heartbeat's envelope → {known}; /edges takes edges only
 *   DELETE /peers/{id} …       body: the node's own leave's envelope → {known}
 *   GET    /peers /edges       → {peers | edges: [{id, role, region, titles, …}], isWhole}
 *   GET    /graph?content=     → {nodes, links, isWhole}; 304 when it is what the asker has
 *   GET    /graph/events       → server-sent events, see graph-feed.ts
 *   GET    /path?from=&to=     → {hops, rttMs, path}
 *   GET    /graph/ui           → a page that draws it
 */

import type { FastifyInstance, FastifyPluginAsync } from 'fastify'
import type { Routes } from '../../daemon/http/index.ts'
import { WebPage } from '../../daemon/web-page.ts'
import { parseCid } from '../../protocols/cid.ts'
import {
  InvalidArgumentError, PeerNotFoundError, RecordRefusedError
} from '../../protocols/errors.ts'
import { MAX_ENVELOPE_BYTES } from '../../protocols/limits.ts'
import { pageRoutes, sendJson, textOf } from '../reading-routes.ts'
import type { RateLimit } from '../token-buckets.ts'
import type { BootstrapTracker } from '../tracker.ts'
import { callerOf, envelopeOf, speakAsTracker } from '../tracker-routes.ts'
import type { GraphFeed } from './graph-feed.ts'
import type { Topology } from './topology.ts'

export interface TopologyRoutesComponents {
  tracker: BootstrapTracker
  topology: Topology
  feed: GraphFeed
  page?: Pick<WebPage, 'file'>
}

export interface TopologyRoutesOptions {
  /** Of one address, {@link DEFAULT_TOPOLOGY_RATE}. */
  addressRate?: RateLimit
}

/** A graph is a megabyte: few a second are enough for people and their programs. */
export const DEFAULT_TOPOLOGY_RATE: RateLimit = { perSecond: 10, burst: 200 }

export function topologyRoutes (
  components: TopologyRoutesComponents, options: TopologyRoutesOptions = {}
): FastifyPluginAsync {
  return async app => {
    await speakAsTracker(app, options.addressRate ?? DEFAULT_TOPOLOGY_RATE)
    nodeListRoutes(app, components)
    graphRoutes(app, components)
    pageRoutes(app, '/graph/ui', components.page ?? new WebPage('topology'))
  }
}

/** For the control API: the operator needs no node's signature. A node that lives comes back. */
export const operatorRoutes = (tracker: Pick<BootstrapTracker, 'forget'>): Routes => app => {
  for (const list of ['peers', 'edges']) {
    app.delete<{ Params: { id: string } }>(`/${list}/:id`, async ({ params: { id } }) => {
      const { known } = await tracker.forget(id)
      if (!known) throw new PeerNotFoundError(`no node ${id} is registered here`)
      return { known }
    })
  }
}

function nodeListRoutes (
  app: FastifyInstance, { tracker, topology }: TopologyRoutesComponents
): void {
  const bodyLimit = MAX_ENVELOPE_BYTES
  for (const list of ['peers', 'edges'] as const) {
    app.post(`/${list}`, { bodyLimit }, async request =>
      await tracker.submit('heartbeat', envelopeOf(request), callerOf(request), ({ node }) => {
        if (list === 'edges' && node?.role !== 'edge') {
          throw new InvalidArgumentError(`this is a node of role ${node?.role}: send it to /peers`)
        }
      }))
    app.delete<{ Params: { id: string } }>(`/${list}/:id`, { bodyLimit }, async request =>
      await tracker.submit('leave', envelopeOf(request), callerOf(request), ({ peer }) => {
        if (peer.toString() === request.params.id) return
        throw new RecordRefusedError('signer', `${peer} takes its leave: each node removes itself`)
      }))
    app.get(`/${list}`, async () => {
      const { nodes, isWhole } = await topology.graph()
      return { [list]: nodes.filter(({ role }) => list === 'peers' || role === 'edge'), isWhole }
    })
  }
}

function graphRoutes (app: FastifyInstance, { topology, feed }: TopologyRoutesComponents): void {
  app.get('/graph', async (request, reply) => {
    const content = textOf(request, 'content')
    const graph = content == null
      ? await topology.graph()
      : await topology.graphWith(parseCid(content))
    return sendJson(request, reply, graph)
  })
  app.get('/path', async request => {
    const from = textOf(request, 'from')
    const to = textOf(request, 'to')
    if (from == null || to == null) throw new InvalidArgumentError('ask /path?from=ID&to=ID')
    return await topology.path(from, to)
  })
  app.get('/graph/events', async (request, reply) => {
    await feed.add(reply.raw, request.ip)
    return reply.hijack()
  })
}
