/**
 * What a user may have the node do. in: calls that passed the guard. out: the node's answers.
 */

import { InvalidArgumentError } from '../../protocols/errors.ts'
import { MAX_SEGMENT_BYTES } from '../../protocols/limits.ts'
import { resolveHeld, resolveTitle } from './content-id.ts'
import { Media } from './media.ts'
import { streamPublish } from './publish-route.ts'
import { requestSignal } from './request-signal.ts'
import { sendJson } from './send-json.ts'
import { READ } from './server.ts'
import type { CID } from 'multiformats/cid'
import type { RequestReport } from '../../protocols/control/index.ts'
import type { Routes } from './server.ts'
import type { CallOptions, ControlActions, ControlComponents } from './types.ts'

/** What the node is and knows. */
export const readRoutes = ({ actions, titles }: ControlComponents): Routes => app => {
  const read = (url: string, answer: (options: CallOptions) => unknown): void => {
    app.route({
      method: READ,
      url,
      handler: async (_request, reply) =>
        sendJson(reply, await answer({ signal: requestSignal(reply) }))
    })
  }
  read('/status', options => actions.status(options))
  read('/peers', () => actions.peers())
  read('/peers/ranked', () => actions.rankedPeers())
  read('/rtt', () => actions.rtt())
  read('/popular', () => actions.popular())
  read('/titles', options => actions.titles(options))
  app.get<{ Params: { id: string } }>('/titles/:id', async (request, reply) => {
    const options = { signal: requestSignal(reply) }
    const content = await resolveTitle(request.params.id, titles, options)
    return sendJson(reply, await actions.title(content, options))
  })
}

/** What changes a title's standing here. */
export const titleRoutes = ({ actions, titles }: ControlComponents): Routes => app => {
  type Change = Extract<keyof ControlActions, 'remove' | 'pin' | 'unpin' | 'announce'>
  const change = (
    method: string, url: string, action: Change, resolve = resolveTitle
  ): void => {
    app.route<{ Params: { id: string } }>({
      method,
      url,
      handler: async (request, reply) => {
        const options = { signal: requestSignal(reply) }
        const content: CID = await resolve(request.params.id, titles, options)
        await actions[action](content, options)
        return sendJson(reply, { id: content.toString() })
      }
    })
  }
  change('DELETE', '/titles/:id', 'remove', resolveHeld)
  change('PUT', '/titles/:id/pin', 'pin')
  change('DELETE', '/titles/:id/pin', 'unpin')
  change('POST', '/titles/:id/announce', 'announce', resolveHeld)
}

/** Fetching and keeping single segments, publishing, ending. */
export const workRoutes = (components: ControlComponents): Routes => app => {
  const { actions } = components
  const media = new Media(components)
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => {
    done(null, body)
  })

  app.get<{ Params: { '*': string } }>('/request/*', async (request, reply) => {
    const options = { signal: requestSignal(reply) }
    return sendJson(reply, await requestSegment(media, request.params['*'], options))
  })
  app.post('/segments', { bodyLimit: MAX_SEGMENT_BYTES }, async (request, reply) => {
    if (!(request.body instanceof Uint8Array) || request.body.byteLength === 0) {
      throw new InvalidArgumentError('send the bytes of one segment as application/octet-stream')
    }
    const added = await actions.add(request.body, { signal: requestSignal(reply) })
    return sendJson(reply.code(201), added)
  })
  app.post('/publish', async (request, reply) => {
    return await streamPublish(actions, request.body, reply)
  })
  app.post('/shutdown', async (_request, reply) => {
    reply.raw.once('close', () => { actions.shutdown() })
    return sendJson(reply.code(202), {})
  })
}

async function requestSegment (
  media: Media, id: string, options: CallOptions
): Promise<RequestReport> {
  const startedMs = performance.now()
  const { head, fetch } = await media.find(id, options)
  const { deliveries } = await fetch(options)
  return {
    id,
    cid: head.cid.toString(),
    size: head.size,
    elapsedMs: performance.now() - startedMs,
    deliveries: deliveries.map(delivery => ({ ...delivery, hops: delivery.path.length }))
  }
}
