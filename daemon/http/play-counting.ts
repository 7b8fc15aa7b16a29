/**
 * Counts what is asked for, whichever way it was answered.
 * in: answers of the gateway. out: plays of segments, and bytes of titles that peers take in
 * blocks.
 *
 * What is counted is looked up a moment later, once for all answers of the moment: an answer costs
 * no more than a note.
 */

import type { FastifyReply, FastifyRequest } from 'fastify'
import { parseCid } from '../../protocols/cid.ts'
import {
  type Manifest, parseSegmentId, SEGMENT_EXTENSION
} from '../../protocols/content/index.ts'
import { resolveTitle } from './content-id.ts'
import type { Routes } from './server.ts'
import type { GatewayComponents } from './types.ts'

/** Whoever wants to know what is played, and how many times over. */
export interface PlayCounter {
  segment (manifest: Manifest, rendition: string, number: number, times: number): void
  bytes (manifest: Manifest, bytes: number): void
}

type Components = Pick<GatewayComponents, 'retrieval' | 'store' | 'titles'>

interface Asked {
  route: string | undefined
  params: Record<string, string>
  content: string | undefined
  length: number
  times: number
}

const SEGMENT = new RegExp(`^(.+)\\${SEGMENT_EXTENSION}$`)
/** Higher: less work for many answers; lower: counted sooner. */
const NOTED_FOR_MS = 500
/** Different URLs noted; with more, what follows is not counted. */
const MAX_NOTED = 4096
/** Nobody waits for a count: an answer from memory, or none. */
const PATIENCE_MS = 1000

export const countPlays = (components: Components, plays: PlayCounter): Routes => app => {
  let noted = new Map<string, Asked>()
  let timer: NodeJS.Timeout | undefined
  const tell = async (): Promise<void> => {
    timer = undefined
    const asked = [...noted.values()]
    noted = new Map()
    // What cannot be told is not counted: the answer is out, and was right.
    for (const one of asked) await count(one, components, plays).catch(() => {})
  }
  app.addHook('onResponse', (request, reply, done) => {
    if (request.method === 'GET' && isFromStart(reply)) {
      const known = noted.get(request.url)
      if (known != null) known.times++
      else if (noted.size < MAX_NOTED) noted.set(request.url, askedBy(request, reply))
      timer ??= setTimeout(() => { void tell() }, NOTED_FOR_MS).unref()
    }
    done()
  })
  app.addHook('onClose', async () => {
    clearTimeout(timer)
    await tell()
  })
}

function askedBy (request: FastifyRequest, reply: FastifyReply): Asked {
  const { content } = request.query as { content?: string }
  return {
    route: request.routeOptions.url,
    params: request.params as Record<string, string>,
    content,
    length: Number(reply.getHeader('content-length') ?? 0),
    times: 1
  }
}

async function count (
  { route, params, content, length, times }: Asked, components: Components, plays: PlayCounter
): Promise<void> {
  const { retrieval, store, titles } = components
  const options = { timeoutMs: PATIENCE_MS }
  if (route === '/blocks/:cid' && content != null) {
    const title = parseCid(content)
    // Anybody may name any title: one whose root was not asked for through us is not looked up.
    if (store.has(title)) plays.bytes(await retrieval.manifest(title, options), length * times)
  } else if (route === '/segments/*' && params['*']?.includes('/') === true) {
    const { content, rendition, number } = parseSegmentId(params['*'])
    plays.segment(await retrieval.manifest(content, options), rendition, number, times)
  } else if (route === '/hls/:id/:rendition/:file') {
    const number = Number(SEGMENT.exec(params.file!)?.[1] ?? Number.NaN)
    if (!Number.isInteger(number)) return
    const title = await resolveTitle(params.id!, titles, {})
    plays.segment(await retrieval.manifest(title, options), params.rendition!, number, times)
  }
}

/** A file asked for in ranges counts with its first. */
function isFromStart (reply: FastifyReply): boolean {
  const range = reply.getHeader('content-range')
  return reply.statusCode === 200 ||
    (reply.statusCode === 206 && String(range).startsWith('bytes 0-'))
}
