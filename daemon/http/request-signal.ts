/**
 * When a client goes, so does the work for it. in: a reply. out: a signal that aborts when its
 * connection closes before the answer is out, or has done so already.
 *
 * Fastify's own `request.signal` also aborts once a request's body has been read.
 */

import type { FastifyReply } from 'fastify'

export function requestSignal ({ raw }: FastifyReply): AbortSignal {
  const controller = new AbortController()
  const onClose = (): void => {
    if (raw.writableFinished) return
    controller.abort(new DOMException('the client went away', 'AbortError'))
  }
  raw.once('close', onClose)
  if (raw.destroyed) onClose()
  return controller.signal
}
