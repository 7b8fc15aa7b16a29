/**
 * The files of a title, from a page's node.
 * in: what a player asks for. out: its bytes, every block held against the title's signed root;
 * playlists are made from that root, so that they need no server either.
 */

import type { CID } from 'multiformats/cid'
import type {
  Delivery, FetchedSegment, Retrieval, SegmentOptions
} from '../../daemon/retrieval/types.ts'
import type { Sessions } from '../../daemon/retrieval/sessions.ts'
import {
  masterPlaylist, mediaPlaylist, type NumberedBlock, type Rendition
} from '../../protocols/content/index.ts'
import type { TitleFile } from './title-url.ts'

export interface TitleFilesComponents {
  retrieval: Pick<Retrieval, 'manifest' | 'init'>
  sessions: Pick<Sessions, 'prime' | 'request' | 'leave'>
}

export interface GivenFile {
  bytes: Uint8Array<ArrayBuffer>
  type: string
  /** One for each block; of playlists none. */
  deliveries: Delivery[]
  segment?: GivenSegment
}

export interface GivenSegment {
  content: CID
  rendition: string
  number: number
  startMs: number
  durationMs: number
  blocks: NumberedBlock[]
}

type GetOptions = Pick<SegmentOptions, 'signal' | 'onBlock'>

const PLAYLIST_TYPE = 'application/vnd.apple.mpegurl'
const START_BANDWIDTH = 475_000
/** Titles of which we remember what is played. */
const MAX_TITLES = 16

export class TitleFiles {
  readonly #components: TitleFilesComponents
  /** Rendition played last, by listener and title: the oldest first. */
  readonly #playing = new Map<string, string>()
  /** Those of them of which no segment was asked for yet. */
  readonly #begun = new Set<string>()

  constructor (components: TitleFilesComponents) {
    this.#components = components
  }

  /**
   * `client` tells players of the page apart.
   *
   * @throws NotInManifestError ContentNotFoundError DeadlineError InvalidRootError and the like
   */
  async get (
    content: CID, file: TitleFile, client: string, options: GetOptions = {}
  ): Promise<GivenFile> {
    switch (file.kind) {
      case 'master': return await this.#master(content, client, options)
      case 'playlist': return await this.#playlist(content, file.rendition, client, options)
      case 'init': return await this.#init(content, file.rendition, options)
      case 'segment': return await this.#segment(content, file, client, options)
    }
  }

  async #master (content: CID, client: string, { signal }: GetOptions): Promise<GivenFile> {
    const { root } = await this.#manifest(content, signal)
    // What the playlist leads to is on its way before anybody has read it.
    const first = likelyFirst(root.renditions)
    if (first != null) this.#begin(content, first.name, client)
    return playlist(masterPlaylist(root))
  }

  async #playlist (
    content: CID, rendition: string, client: string, { signal }: GetOptions
  ): Promise<GivenFile> {
    const manifest = await this.#manifest(content, signal)
    this.#begin(content, rendition, client)
    return playlist(await mediaPlaylist(manifest.index(rendition), given(signal)))
  }

  async #init (content: CID, name: string, { signal }: GetOptions): Promise<GivenFile> {
    const { retrieval } = this.#components
    const { rendition } = (await this.#manifest(content, signal)).index(name)
    const fetched = await retrieval.init(content, name, { priority: 'urgent', ...given(signal) })
    return { ...whole(fetched), type: mediaType(rendition) }
  }

  async #segment (
    content: CID, { rendition, number }: { rendition: string, number: number }, client: string,
    { signal, onBlock }: GetOptions
  ): Promise<GivenFile> {
    this.#play(content, rendition, client)
    const index = (await this.#manifest(content, signal)).index(rendition)
    const { startMs, durationMs, blocks } = await index.segment(number, given(signal))
    const fetched = await this.#components.sessions.request(content, rendition, number, {
      client, ...given(signal), ...(onBlock != null && { onBlock })
    })
    return {
      ...whole(fetched),
      type: mediaType(index.rendition),
      segment: { content, rendition, number, startMs, durationMs, blocks }
    }
  }

  #manifest (content: CID, signal: AbortSignal | undefined): ReturnType<Retrieval['manifest']> {
    return this.#components.retrieval.manifest(content, { priority: 'urgent', ...given(signal) })
  }

  /** Gets what a player asks for first. One that plays already only looks at another bit rate. */
  #begin (content: CID, rendition: string, client: string): void {
    const key = `${client} ${content}`
    if (this.#playing.has(key) && !this.#begun.has(key)) return
    this.#play(content, rendition, client)
    this.#begun.add(key)
    this.#components.sessions.prime(content, rendition, { client })
  }

  /** A player that has changed to another bit rate does not need the rest of the one before. */
  #play (content: CID, rendition: string, client: string): void {
    const key = `${client} ${content}`
    const before = this.#playing.get(key)
    this.#begun.delete(key)
    this.#playing.delete(key)
    this.#playing.set(key, rendition)
    if (before != null && before !== rendition) {
      this.#components.sessions.leave(content, before, { client })
    }
    const [oldest] = this.#playing.keys()
    if (this.#playing.size > MAX_TITLES) {
      this.#playing.delete(oldest!)
      this.#begun.delete(oldest!)
    }
  }
}

/** hls.js takes the line for half a megabit until it has measured it, and leaves some of that. */
function likelyFirst (renditions: readonly Rendition[]): Rendition | undefined {
  const rising = renditions.toSorted((a, b) => a.bandwidth - b.bandwidth)
  return rising.findLast(({ bandwidth }) => bandwidth <= START_BANDWIDTH) ?? rising[0]
}

const given = (signal: AbortSignal | undefined): { signal?: AbortSignal } =>
  signal == null ? {} : { signal }

function playlist (text: string): GivenFile {
  return { bytes: new TextEncoder().encode(text), type: PLAYLIST_TYPE, deliveries: [] }
}

/** A copy: players give what they get away to workers, and the store keeps its own. */
function whole (
  { chunks, size, deliveries }: FetchedSegment
): Pick<GivenFile, 'bytes' | 'deliveries'> {
  const bytes = new Uint8Array(size)
  let at = 0
  for (const chunk of chunks) {
    bytes.set(chunk, at)
    at += chunk.byteLength
  }
  return { bytes, deliveries }
}

const mediaType = ({ resolution }: { resolution?: object }): string =>
  resolution == null ? 'audio/mp4' : 'video/mp4'
