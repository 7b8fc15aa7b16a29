/**
 * The node about itself: `/health`, `/name` and `/metrics`, on both listeners.
 */

import { sendJson } from './send-json.ts'
import { READ } from './server.ts'
import type { Routes } from './server.ts'
import type { GatewayComponents } from './types.ts'

type Components = Pick<GatewayComponents, 'node' | 'metrics'>

export const nodeRoutes = ({ node, metrics }: Components): Routes => app => {
  app.route({
    method: READ, url: '/health', handler: (_request, reply) => sendJson(reply, node.health())
  })
  app.route({
    method: READ, url: '/name', handler: (_request, reply) => sendJson(reply, node.name())
  })
  app.route({
    method: READ,
    url: '/metrics',
    handler: async (_request, reply) => {
      const { contentType, text } = await metrics.render()
      return reply.type(contentType).header('cache-control', 'no-store').send(text)
    }
  })
}
