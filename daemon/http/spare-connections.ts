/**
 * Has idle connections make room before there are too many: Node would refuse newcomers instead.
 * in: a server, how many it may have. out: answers that close their connection when few are left.
 */

import type { FastifyInstance } from 'fastify'

/** Of those there may be. Higher: more clients find theirs open; lower: more room for newcomers. */
const KEPT_SHARE = 0.75

export function spareConnections (app: FastifyInstance, maxConnections: number): void {
  let open = 0
  app.server.on('connection', socket => {
    open++
    socket.once('close', () => { open-- })
  })
  app.addHook('onRequest', (_request, reply, done) => {
    if (open > KEPT_SHARE * maxConnections) void reply.header('connection', 'close')
    done()
  })
}
