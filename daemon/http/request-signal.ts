/**
 * When a client goes, so does the work for it. in: a reply. out: a signal that aborts when its
 * connection closes before the answer is out.
 *
 * Fastify's own `request.signal` also aborts once a request's body has been read.
 */

import type { FastifyReply } from 'fastify'

export function requestSignal ({ raw }: FastifyReply): AbortSignal {
  const controller = new AbortController()
  raw.once('close', () => {
    if (raw.writableFinished) return
    controller.abort(new DOMException('the client went away', 'AbortError'))
  })
  return controller.signal
}
