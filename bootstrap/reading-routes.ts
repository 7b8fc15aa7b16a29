/**
 * What routes share that only answer questions. in: requests. out: their texts, checked; answers
 * that are not sent to who has them; the files of a page.
 */

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { PAGE_HEADERS, type WebPage } from '../daemon/web-page.ts'
import { ContentNotFoundError, InvalidArgumentError } from '../protocols/errors.ts'
import { MAX_PEER_ID_LENGTH } from '../protocols/limits.ts'
import { encodedJson } from './encoded-json.ts'

export function sendTagged (
  { headers }: FastifyRequest, reply: FastifyReply,
  { bytes, type, etag }: { bytes: Uint8Array, type: string, etag: string }
): FastifyReply {
  if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-cache')
  const known = headers['if-none-match']?.split(',').map(tag => tag.trim().replace(/^W\//, ''))
  reply.header('etag', etag)
  return known?.includes(etag) === true ? reply.code(304).send() : reply.type(type).send(bytes)
}

/** Of an object that nobody changes any more. */
export function sendJson (
  request: FastifyRequest, reply: FastifyReply, value: object
): FastifyReply {
  const { json, etag } = encodedJson(value)
  return sendTagged(request, reply, { bytes: json, etag, type: 'application/json; charset=utf-8' })
}

/** @throws InvalidArgumentError when it is there twice, or too long */
export function textOf ({ query }: FastifyRequest, name: string): string | undefined {
  const value = (query as Record<string, unknown>)[name]
  if (value === undefined) return undefined
  if (typeof value === 'string' && value.length <= MAX_PEER_ID_LENGTH) return value
  throw new InvalidArgumentError(`"${name}" is one ID of at most ${MAX_PEER_ID_LENGTH} characters`)
}

/** A page at `url`, and what it is made of beneath. */
export function pageRoutes (
  app: FastifyInstance, url: string, page: Pick<WebPage, 'file'>
): void {
  const send = async (
    request: FastifyRequest, reply: FastifyReply, name: string
  ): Promise<FastifyReply> => {
    const file = await page.file(name)
    if (file == null) throw new ContentNotFoundError(`${url} has no file ${name.slice(0, 80)}`)
    return sendTagged(request, reply.headers(PAGE_HEADERS), file)
  }
  app.get(url, async (request, reply) => await send(request, reply, 'index.html'))
  app.get<{ Params: { file: string } }>(`${url}/:file`, async (request, reply) =>
    await send(request, reply, request.params.file))
}
