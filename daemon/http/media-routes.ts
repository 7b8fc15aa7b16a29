/**
 * Segments and init sections over HTTP.
 *
 *   /hls/{id}/{rendition}/init.mp4 · {n}.m4s     a player's
 *   /segments/{content}/{rendition}/{n} or CID   by name
 */

import { INIT_FILE, MEDIA_PLAYLIST, SEGMENT_EXTENSION } from '../../protocols/content/index.ts'
import { NotInManifestError } from '../../protocols/errors.ts'
import { resolveTitle } from './content-id.ts'
import { EarlyAnswer } from './early-answer.ts'
import { Media } from './media.ts'
import { requestSignal } from './request-signal.ts'
import { sendFile, sendHead } from './send-file.ts'
import { READ } from './server.ts'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { MediaFile } from './media.ts'
import type { Outgoing } from './outgoing.ts'
import type { Routes } from './server.ts'
import type { GatewayComponents } from './types.ts'

const SEGMENT_FILE = new RegExp(`^(0|[1-9]\\d{0,8})\\${SEGMENT_EXTENSION}$`)

type Components = Pick<GatewayComponents, 'retrieval' | 'store' | 'titles' | 'metrics'>

/** `/hls/{id}/{rendition}/…` but the playlist, and `/segments/…`. */
export const segmentRoutes = (components: Components, outgoing: Outgoing): Routes => app => {
  const media = new Media(components)
  const send = async (request: FastifyRequest, reply: FastifyReply, file: MediaFile) => {
    if (sendHead(request, reply, file.head)) return reply
    outgoing.assertRoom()
    const early = new EarlyAnswer(request, reply, file.head, outgoing)
    try {
      const body = await file.fetch({
        signal: requestSignal(reply), client: request.ip, onBlock: block => { early.add(block) }
      })
      if (early.hasBegun) return early.end(body)
      return sendFile(request, reply, { ...file.head, ...body }, outgoing)
    } catch (err) {
      if (early.hasBegun) return early.cutOff()
      throw err
    } finally {
      early.leave()
    }
  }

  app.route<{ Params: { id: string, rendition: string, file: string } }>({
    method: READ,
    url: '/hls/:id/:rendition/:file',
    handler: async (request, reply) => {
      const recent = await media.recent(request.params, request.ip)
      if (recent !== undefined) return sendFile(request, reply, recent, outgoing)
      const { id, rendition, file } = request.params
      const options = { signal: requestSignal(reply) }
      const content = await resolveTitle(id, components.titles, options)
      if (file === INIT_FILE) {
        return await send(request, reply, await media.init(content, rendition, options))
      }
      const number = numberIn(file)
      return await send(request, reply, await media.segment(content, rendition, number, options))
    }
  })

  app.route<{ Params: { '*': string } }>({
    method: READ,
    url: '/segments/*',
    handler: async (request, reply) => {
      const file = await media.find(request.params['*'], { signal: requestSignal(reply) })
      return await send(request, reply, file)
    }
  })
}

function numberIn (file: string): number {
  const number = SEGMENT_FILE.exec(file)?.[1]
  if (number !== undefined) return Number(number)
  throw new NotInManifestError(`"${file.slice(0, 80)}" is no file of a rendition: ` +
    `there are ${MEDIA_PLAYLIST}, ${INIT_FILE} and <number>${SEGMENT_EXTENSION}`)
}
