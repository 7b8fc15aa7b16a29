/**
 * Pages of ours on a gateway: the player's, and the script that puts a player on other sites.
 *
 *   /listen/             a page to choose a title on and play it
 *   /listen/places.json  → {trackers}: where listeners of this network meet
 *   /player/cdnd-player.js, /player/cdnd-worker.js, and what the first loads
 */

import { PAGE_HEADERS, type PageFile, WebPage } from '../web-page.ts'
import { sendError } from './error-response.ts'
import { notFound } from './refuse.ts'
import { sendJson } from './send-json.ts'
import { READ } from './server.ts'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Routes } from './server.ts'

export interface PageRoutesInit {
  /** URLs of bootstraps' HTTP. */
  trackers: readonly string[]
}

/** It asks gateways and bootstraps, which stand anywhere, and plays what it made of the answers. */
const LISTEN_HEADERS = {
  ...PAGE_HEADERS,
  'content-security-policy': [
    "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' data:",
    'connect-src http: https: ws: wss:', "media-src 'self' blob:", "base-uri 'none'",
    "form-action 'none'", "frame-ancestors 'none'"
  ].join('; ')
}
const SCRIPT_HEADERS = { 'cache-control': 'no-cache', 'x-content-type-options': 'nosniff' }

export const pageRoutes = (
  { trackers }: PageRoutesInit,
  pages = { listen: new WebPage('listen'), player: new WebPage('player') }
): Routes => app => {
  app.route({
    method: READ,
    url: '/listen',
    // Relative, so that it stays below whatever path a proxy serves us under.
    handler: (_request, reply) => reply.redirect('listen/', 308)
  })
  app.route({
    method: READ,
    url: '/listen/places.json',
    handler: (_request, reply) => sendJson(reply, { trackers })
  })
  app.route({
    method: READ,
    url: '/listen/',
    handler: async (request, reply) =>
      sendPage(request, reply.headers(LISTEN_HEADERS), await pages.listen.file('index.html'))
  })
  for (const [name, page] of Object.entries(pages)) {
    app.route<{ Params: { file: string } }>({
      method: READ,
      url: `/${name}/:file`,
      handler: async (request, reply) => {
        const headers = name === 'listen' ? LISTEN_HEADERS : SCRIPT_HEADERS
        const file = await page.file(request.params.file)
        return sendPage(request, file == null ? reply : reply.headers(headers), file)
      }
    })
  }
}

function sendPage (
  { headers, url }: FastifyRequest, reply: FastifyReply, file: PageFile | undefined
): FastifyReply {
  if (file == null) return sendError(reply, notFound(url))
  const known = headers['if-none-match']?.split(',').map(tag => tag.trim().replace(/^W\//, ''))
  reply.header('etag', file.etag)
  return known?.includes(file.etag) === true
    ? reply.code(304).send()
    : reply.type(file.type).send(file.bytes)
}
