/**
 * Counts what is asked for, whichever way it was answered.
 * in: answers of the gateway. out: plays of segments, and bytes of titles that peers take in
 * blocks.
 */

import type { FastifyReply, FastifyRequest } from 'fastify'
import { parseCid } from '../../protocols/cid.ts'
import {
  type Manifest, parseSegmentId, SEGMENT_EXTENSION
} from '../../protocols/content/index.ts'
import { resolveTitle } from './content-id.ts'
import type { Routes } from './server.ts'
import type { GatewayComponents } from './types.ts'

/** Whoever wants to know what is played. */
export interface PlayCounter {
  segment (manifest: Manifest, rendition: string, number: number): void
  bytes (manifest: Manifest, bytes: number): void
}

type Components = Pick<GatewayComponents, 'retrieval' | 'store' | 'titles'>

const SEGMENT = new RegExp(`^(.+)\\${SEGMENT_EXTENSION}$`)
/** Nobody waits for a count: an answer from memory, or none. */
const PATIENCE_MS = 1000

export const countPlays = (components: Components, plays: PlayCounter): Routes => app => {
  app.addHook('onResponse', async (request, reply) => {
    if (request.method !== 'GET' || !isFromStart(reply)) return
    // What cannot be told is not counted: the answer is out, and was right.
    await count(request, reply, components, plays).catch(() => {})
  })
}

async function count (
  request: FastifyRequest, reply: FastifyReply, components: Components, plays: PlayCounter
): Promise<void> {
  const { retrieval, store, titles } = components
  const options = { timeoutMs: PATIENCE_MS }
  const { id, rendition, file, '*': path } = request.params as Record<string, string>
  const { content } = request.query as { content?: string }
  switch (request.routeOptions.url) {
    case '/blocks/:cid': {
      const title = content == null ? undefined : parseCid(content)
      // Anybody may name any title: one whose root was not asked for through us is not looked up.
      if (title == null || !store.has(title)) return
      return plays.bytes(await retrieval.manifest(title, options), lengthOf(reply))
    }
    case '/segments/*':
      if (path?.includes('/') === true) {
        const segment = parseSegmentId(path)
        const manifest = await retrieval.manifest(segment.content, options)
        plays.segment(manifest, segment.rendition, segment.number)
      }
      return
    case '/hls/:id/:rendition/:file': {
      const number = Number(SEGMENT.exec(file!)?.[1] ?? Number.NaN)
      if (!Number.isInteger(number)) return
      const title = await resolveTitle(id!, titles, {})
      plays.segment(await retrieval.manifest(title, options), rendition!, number)
    }
  }
}

/** A file asked for in ranges counts with its first. */
function isFromStart (reply: FastifyReply): boolean {
  const range = reply.getHeader('content-range')
  return reply.statusCode === 200 ||
    (reply.statusCode === 206 && String(range).startsWith('bytes 0-'))
}

function lengthOf (reply: FastifyReply): number {
  return Number(reply.getHeader('content-length') ?? 0)
}
