/**
 * Where the software switch stands in the way of HTTP.
 * in: requests for media. out: those it admits go on to their route and are counted until their
 * last byte has arrived; the others get at once
 *
 *   503, Retry-After, {error: "busy", message, retryAfterMs, blocks: [CID], providers: [multiaddr]}
 *
 * Only a request with the header `cdnd-client` is ever sent away: it says that whoever asks has a
 * swarm to go to, and one with `cdnd-peer` who that is. An edge sends neither, nor does a player.
 */

import { parseCid } from '../../protocols/cid.ts'
import { CLIENT_HEADER, PEER_HEADER } from '../../protocols/client-headers.ts'
import { INIT_FILE, parseSegmentId, SEGMENT_EXTENSION } from '../../protocols/content/index.ts'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { CID } from 'multiformats/cid'
import type { Admission, Asked, Entry, Refusal } from '../../protocols/exchange/index.ts'
import { resolveTitle } from './content-id.ts'
import { requestSignal } from './request-signal.ts'
import { SendQueue } from './send-queue.ts'
import { JSON_TYPE } from './send-json.ts'
import type { CallOptions, GatewayComponents } from './types.ts'

/** What had to be fetched first tells of others' speed, not of ours. */
const ONLY_LOCAL = /^local=\d+$/

type Components = Pick<GatewayComponents, 'retrieval' | 'titles'>
type What = Omit<Asked, 'isPlain'>
type Params = Record<'cid' | 'id' | 'rendition' | 'file' | '*', string>

/** What a request to each route asks for; throws what the route itself will say. */
const WHAT: Record<string, (
  request: FastifyRequest, components: Components, options: CallOptions
) => Promise<What>> = {
  '/blocks/:cid': async ({ params, query }) => {
    const { content } = query as { content?: unknown }
    return {
      cid: parseCid((params as Params).cid),
      ...typeof content === 'string' && { content: parseCid(content) }
    }
  },
  '/hls/:id/:rendition/:file': async ({ params }, components, options) => {
    const { id, rendition, file } = params as Params
    const content = await resolveTitle(id, components.titles, options)
    return await inTitle([content, rendition, file], components, options)
  },
  '/segments/*': async ({ params }, components, options) => {
    const id = (params as Params)['*']
    if (!id.includes('/')) return { cid: parseCid(id) }
    const { content, rendition, number } = parseSegmentId(id)
    const file = `${number}${SEGMENT_EXTENSION}`
    return await inTitle([content, rendition, file], components, options)
  }
}

/** Call it before the routes are added. */
export function admit (
  app: FastifyInstance, admission: Admission, components: Components
): void {
  const sending = new SendQueue()
  app.addHook('preHandler', async (request, reply) => {
    sending.settle(request.socket)
    const what = WHAT[request.routeOptions.url ?? '']
    if (what === undefined || request.method !== 'GET') return
    const { [CLIENT_HEADER]: mark, [PEER_HEADER]: peer } = request.headers
    // What is wrong with a request is its route's to say.
    const asked = mark !== undefined
      ? await what(request, components, { signal: requestSignal(reply) }).catch(() => undefined)
      : undefined
    // Gone meanwhile: nothing would tell us of its end any more.
    if (reply.raw.destroyed) return
    const answer = admission.enter({
      ...asked, isPlain: asked === undefined, ...typeof peer === 'string' && { asker: peer }
    })
    if (!('leave' in answer)) return sendBusy(reply, asked, answer)
    follow(request, reply, answer, sending)
  })
}

async function inTitle (
  [content, rendition, file]: [CID, string, string], { retrieval }: Components, options: CallOptions
): Promise<What> {
  const index = (await retrieval.manifest(content, options)).index(rendition)
  if (file === INIT_FILE) return { content, cid: index.rendition.init?.cid ?? content }
  const { cid, blocks } = await index.segment(Number.parseInt(file, 10), options)
  const [first = cid, ...also] = blocks.map(block => block.cid)
  return { content, cid: first, also }
}

/** Until the client's system has the last byte: a line that is full shows only there. */
function follow (
  { socket }: FastifyRequest, reply: FastifyReply, entry: Entry, sending: SendQueue
): void {
  let isWhole = false
  reply.raw.once('finish', () => { isWhole = true })
  reply.raw.once('close', () => {
    const sources = String(reply.getHeader('cdnd-sources') ?? '')
    sending.whenSent(socket, isSent => {
      entry.leave(isSent && isWhole && ONLY_LOCAL.test(sources))
    })
  })
}

function sendBusy (
  reply: FastifyReply, { cid, also = [] }: What = {}, { retryAfterMs, providers }: Refusal
): FastifyReply {
  return reply.code(503)
    .header('retry-after', Math.ceil(retryAfterMs / 1000))
    .header('cache-control', 'no-store')
    .type(JSON_TYPE)
    .send(JSON.stringify({
      error: 'busy',
      message: 'this server has as many requests as it can do well: ask these peers',
      retryAfterMs,
      blocks: [cid, ...also].map(String),
      providers
    }))
}
