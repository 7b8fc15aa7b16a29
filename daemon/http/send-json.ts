/**
 * An answer that holds for this moment only.
 */

import type { FastifyReply } from 'fastify'

export const JSON_TYPE = 'application/json; charset=utf-8'

export function sendJson (reply: FastifyReply, body: unknown): FastifyReply {
  return reply.type(JSON_TYPE).header('cache-control', 'no-store').send(JSON.stringify(body))
}
