/**
 * Immutable bytes as an HTTP answer: ETag, conditional requests, ranges, HEAD.
 * in: a file named by its CID. out: 200, 206 or 304, as RFC 9110 has it.
 */

import type { OutgoingHttpHeaders } from 'node:http'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { CID } from 'multiformats/cid'
import type { Delivery } from '../retrieval/index.ts'
import { deliveryHeaders } from './delivery-headers.ts'
import type { Outgoing } from './outgoing.ts'
import { parseRange, sliceChunks } from './range.ts'

/** Named by content: what is under the name never changes. */
export const IMMUTABLE = 'public, max-age=31536000, immutable'

export interface FileHead { cid: CID, size: number, type: string }
export interface FileBody { chunks: Uint8Array[], deliveries: Delivery[] }

/** Answers from the name alone: 304 when the client has the file, the headers for HEAD. */
export function sendHead (request: FastifyRequest, reply: FastifyReply, head: FileHead): boolean {
  const { cid, size } = head
  if (isKnown(request.headers['if-none-match'], cid)) {
    reply.code(304).headers(headersOf(head)).send()
    return true
  }
  if (request.method === 'HEAD') {
    reply.headers(headersOf(head)).header('content-length', size).send()
    return true
  }
  return false
}

/** @throws RangeNotSatisfiableError OverloadedError */
export function sendFile (
  request: FastifyRequest, reply: FastifyReply, file: FileHead & FileBody, outgoing: Outgoing
): FastifyReply {
  if (sendHead(request, reply, file)) return reply
  outgoing.assertRoom()
  const { size } = file
  const ifRange = request.headers['if-range']
  const isCurrent = ifRange === undefined || ifRange === etagOf(file.cid)
  const range = isCurrent ? parseRange(request.headers.range, size) : undefined
  const chunks = range === undefined ? file.chunks : sliceChunks(file.chunks, range)
  if (range !== undefined) {
    reply.code(206).header('content-range', `bytes ${range.first}-${range.last}/${size}`)
  }
  const length = range === undefined ? size : range.last - range.first + 1
  reply.headers(headersOf(file)).headers(deliveryHeaders(file.deliveries))
    .header('content-length', length)
  sendChunks(reply, chunks)
  outgoing.hold(reply)
  return reply
}

/**
 * All of it at once: it is in memory already, and the kernel takes what it can in one call.
 * A stream would hand it over a piece at a time, each at the price of a turn.
 */
function sendChunks (reply: FastifyReply, chunks: readonly Uint8Array[]): void {
  const { raw } = reply.hijack()
  raw.cork()
  raw.writeHead(reply.statusCode, reply.getHeaders() as OutgoingHttpHeaders)
  for (const chunk of chunks.slice(0, -1)) raw.write(chunk)
  raw.end(chunks.at(-1))
  raw.uncork()
}

export function etagOf (cid: CID): string {
  return `"${cid}"`
}

/** If-None-Match compares weakly: `W/` does not count. */
export function isKnown (header: string | undefined, cid: CID): boolean {
  if (header === undefined) return false
  const tags = header.split(',').map(tag => tag.trim().replace(/^W\//, ''))
  return tags.includes(etagOf(cid)) || tags.includes('*')
}

export function headersOf ({ cid, type }: FileHead): Record<string, string> {
  return {
    etag: etagOf(cid), 'cache-control': IMMUTABLE, 'accept-ranges': 'bytes', 'content-type': type
  }
}
