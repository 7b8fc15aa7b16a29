/**
 * Playlists and the list of titles: what a player opens, and what a person picks from.
 *
 *   /hls/{id}/master.m3u8 · /hls/{id}/{rendition}/index.m3u8 · /dash/{id}/manifest.mpd
 *   /songs · /songs/{id} · /content/{id}
 */

import { base16 } from 'multiformats/bases/base16'
import { CID } from 'multiformats/cid'
import {
  MASTER_PLAYLIST, MEDIA_PLAYLIST, masterPlaylist, mediaPlaylist, mpd
} from '../../protocols/content/index.ts'
import { resolveTitle } from './content-id.ts'
import { requestSignal } from './request-signal.ts'
import { JSON_TYPE } from './send-json.ts'
import { READ } from './server.ts'
import { songDetail } from './title-summary.ts'
import type { Manifest } from '../../protocols/content/index.ts'
import type { Routes } from './server.ts'
import type { CallOptions, GatewayComponents } from './types.ts'

const HLS_TYPE = 'application/vnd.apple.mpegurl'
const DASH_TYPE = 'application/dash+xml'

/** Playlists are made by this program, whose next version may make them otherwise. */
const FINISHED_CACHE = 'public, max-age=300, stale-while-revalidate=86400, stale-if-error=86400'
/** What an alias stands for, and what there is, may be otherwise any moment. */
const NAMED_CACHE = 'public, max-age=5, stale-while-revalidate=3600, stale-if-error=86400'
/** A growing playlist is asked for anew each half segment. */
const GROWING_CACHE = 'public, max-age=1'

type Components = Pick<GatewayComponents, 'retrieval' | 'store' | 'titles'>

export const playbackRoutes = (components: Components): Routes => app => {
  const { retrieval, titles, store } = components
  /** Of the rendition asked for; where the player is yet to choose, of the first. */
  const prime = (content: CID, rendition: string | undefined, client: string): void => {
    if (rendition !== undefined) retrieval.prime?.(content, rendition, { client })
  }

  /** A route that makes a text out of a title's manifest. */
  const text = <Params extends { id: string, rendition?: string }>(
    url: string, type: string, make: (manifest: Manifest, params: Params, options: CallOptions) =>
      Promise<string> | string
  ): void => {
    app.route({
      method: READ,
      url,
      handler: async (request, reply) => {
        const params = request.params as Params
        const options = { signal: requestSignal(reply) }
        const content = await resolveTitle(params.id, titles, options)
        const isPlaylist = type === HLS_TYPE
        // While the playlist is made, what it leads to is on its way.
        if (isPlaylist) prime(content, params.rendition, request.ip)
        const manifest = await retrieval.manifest(content, options)
        if (isPlaylist) retrieval.opened?.(content, reply.elapsedTime, { client: request.ip })
        if (isPlaylist && params.rendition === undefined) {
          prime(content, manifest.root.renditions[0]?.name, request.ip)
        }
        const body = await make(manifest, params, options)
        return reply.type(type).header('cache-control', cacheOf(manifest, params.id)).send(body)
      }
    })
  }

  text(`/hls/:id/${MASTER_PLAYLIST}`, HLS_TYPE, ({ root }) => masterPlaylist(root))
  text<{ id: string, rendition: string }>(`/hls/:id/:rendition/${MEDIA_PLAYLIST}`, HLS_TYPE,
    async (manifest, { rendition }, options) =>
      await mediaPlaylist(manifest.index(rendition), options))
  text('/dash/:id/manifest.mpd', DASH_TYPE, async (manifest, _, options) =>
    await mpd(manifest, options))
  text('/content/:id', JSON_TYPE, ({ id, root }) => JSON.stringify({ id, ...root }, plain))
  text('/songs/:id', JSON_TYPE, async (manifest, _, options) => JSON.stringify(
    await songDetail(manifest, store, titles.entry(manifest.id), options)
  ))
  app.route({
    method: READ,
    url: '/songs',
    handler: async (_request, reply) => {
      const songs = await titles.list({ signal: requestSignal(reply) })
      return reply.type(JSON_TYPE).header('cache-control', NAMED_CACHE).send(JSON.stringify(songs))
    }
  })
}

function cacheOf ({ id, root }: Manifest, asked: string): string {
  if (root.kind === 'live') return GROWING_CACHE
  return asked === id.toString() ? FINISHED_CACHE : NAMED_CACHE
}

/** CIDs as text, bytes in hex. */
function plain (this: unknown, key: string, value: unknown): unknown {
  const original = (this as Record<string, unknown>)[key]
  const cid = CID.asCID(original)
  if (cid !== null) return cid.toString()
  return original instanceof Uint8Array ? base16.baseEncode(original) : value
}
