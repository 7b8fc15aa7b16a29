/**
 * What a player asks for, read from its URL.
 * in: the URL of a playlist, init section or segment, as gateways serve them. out: the gateway, the
 * title and which of its files it is; undefined for any other URL.
 *
 *   https://edge.example/hls/{content ID or alias}/{master.m3u8 | rendition/index.m3u8 | …}
 */

import {
  INIT_FILE, MASTER_PLAYLIST, MEDIA_PLAYLIST, SEGMENT_EXTENSION
} from '../../protocols/content/hls.ts'

export type TitleFile =
  | { kind: 'master' }
  | { kind: 'playlist', rendition: string }
  | { kind: 'init', rendition: string }
  | { kind: 'segment', rendition: string, number: number }

export interface TitleUrl {
  /** Of the gateway: `https://host:port`. */
  base: string
  /** A content ID, or what the gateway calls the title. */
  id: string
  file: TitleFile
}

const PATH = /^\/hls\/([^/]{1,128})\/(?:([a-zA-Z0-9][\w.-]{0,63})\/)?([\w.-]{1,64})$/
const SEGMENT = new RegExp(`^(0|[1-9]\\d{0,8})\\${SEGMENT_EXTENSION}$`)

export function parseTitleUrl (text: string): TitleUrl | undefined {
  const url = urlOf(text)
  if (url == null || !/^https?:$/.test(url.protocol)) return undefined
  const [, encoded = '', rendition, name = ''] = PATH.exec(url.pathname) ?? []
  const file = fileOf(rendition, name)
  const id = decoded(encoded)
  return file == null || id == null ? undefined : { base: url.origin, id, file }
}

/** The URL of a title at a gateway. */
export const titleUrl = (base: string, id: string): string =>
  `${base.replace(/\/+$/, '')}/hls/${encodeURIComponent(id)}/${MASTER_PLAYLIST}`

function fileOf (rendition: string | undefined, name: string): TitleFile | undefined {
  if (rendition == null) return name === MASTER_PLAYLIST ? { kind: 'master' } : undefined
  if (name === MEDIA_PLAYLIST) return { kind: 'playlist', rendition }
  if (name === INIT_FILE) return { kind: 'init', rendition }
  const number = SEGMENT.exec(name)?.[1]
  return number == null ? undefined : { kind: 'segment', rendition, number: Number(number) }
}

function urlOf (text: string): URL | undefined {
  try {
    return new URL(text)
  } catch {
    return undefined // Relative, or none at all.
  }
}

function decoded (text: string): string | undefined {
  try {
    return text === '' ? undefined : decodeURIComponent(text)
  } catch {
    return undefined // Not as URLs are written.
  }
}
