/**
 * The files a player asks for. in: a segment's name, or a bare CID. out: what is known of the file
 * without fetching it, and a way to fetch it.
 */

import { parseCid } from '../../protocols/cid.ts'
import { parseSegmentId, SEGMENT_EXTENSION } from '../../protocols/content/index.ts'
import { ContentNotFoundError, NotInManifestError } from '../../protocols/errors.ts'
import type { CID } from 'multiformats/cid'
import type { Manifest, Rendition } from '../../protocols/content/index.ts'
import type { SessionRequest } from '../retrieval/index.ts'
import { RecentSegments } from './recent-segments.ts'
import type { FileBody, FileHead } from './send-file.ts'
import type { CallOptions, GatewayComponents } from './types.ts'

export interface MediaFile {
  head: FileHead
  /** `client`: the address of who plays it. */
  fetch (options: Pick<SessionRequest, 'signal' | 'client' | 'onBlock'>): Promise<FileBody>
}

type Components = Pick<GatewayComponents, 'retrieval' | 'titles' | 'store' | 'metrics'>

type ByUrl = Record<'id' | 'rendition' | 'file', string>

const BYTES = 'application/octet-stream'

export class Media {
  readonly #components: Components
  readonly #recent: RecentSegments

  constructor (components: Components) {
    this.#components = components
    this.#recent = new RecentSegments(components)
  }

  /** A segment that the client could have had a moment ago, if all of it is in our store. */
  recent (
    { id, rendition, file }: ByUrl, client: string
  ): Promise<(FileHead & FileBody) | undefined> {
    return this.#recent.find(this.#name(`${id}/${rendition}/${file}`, client))
  }

  /** @throws NotInManifestError and what retrieval throws */
  async segment (
    content: CID, rendition: string, number: number, options: CallOptions
  ): Promise<MediaFile> {
    const { retrieval } = this.#components
    const index = (await retrieval.manifest(content, options)).index(rendition)
    const { cid, size, blocks } = await index.segment(number, options)
    const head = { cid, size, type: mediaType(index.rendition) }
    return {
      head,
      fetch: async options => {
        const segment = await retrieval.segment(content, rendition, number, options)
        const path = `${content}/${rendition}/${number}${SEGMENT_EXTENSION}`
        this.#recent.note(this.#name(path, options.client), head, blocks.map(({ cid }) => cid))
        return segment
      }
    }
  }

  /** @throws NotInManifestError and what retrieval throws */
  async init (content: CID, name: string, options: CallOptions): Promise<MediaFile> {
    const { retrieval } = this.#components
    const { rendition } = (await retrieval.manifest(content, options)).index(name)
    if (rendition.init === undefined) {
      throw new NotInManifestError(`the rendition "${name}" has no init section`)
    }
    return {
      head: { ...rendition.init, type: mediaType(rendition) },
      fetch: options => retrieval.init(content, name, options)
    }
  }

  /**
   * By `<content>/<rendition>/<n>` or a bare CID.
   *
   * @throws InvalidArgumentError InvalidCidError ContentNotFoundError
   */
  async find (id: string, options: CallOptions): Promise<MediaFile> {
    if (id.includes('/')) {
      const { content, rendition, number } = parseSegmentId(id)
      return await this.segment(content, rendition, number, options)
    }
    const cid = parseCid(id)
    return await this.#inTitle(cid, options) ?? await this.#alone(cid, options)
  }

  /** Where clients have sessions, each has to be heard of a segment at least once. */
  #name (path: string, client = ''): string {
    return this.#components.retrieval.hasSessions ? `${client} ${path}` : path
  }

  /** A segment, or a block of one, of a title that we or a tracker know to have it. */
  async #inTitle (cid: CID, options: CallOptions): Promise<MediaFile | undefined> {
    const { retrieval, titles } = this.#components
    const content = await titles.titleOf(cid, options)
    if (content === undefined) return undefined
    const place = await placeOf(cid, await retrieval.manifest(content, options), options)
    if (place === undefined) return undefined
    const { rendition, number, block } = place
    if (block === undefined) return await this.segment(content, rendition, number, options)
    return {
      head: { cid, size: block.size, type: BYTES },
      fetch: async options => {
        const want = { cid, content, rendition, size: block.size, number: block.number }
        const { bytes, delivery } = await retrieval.block(want, options)
        return { chunks: [bytes], deliveries: [delivery] }
      }
    }
  }

  /** A file of no title: from our store, or from whoever announced it. */
  async #alone (cid: CID, options: CallOptions): Promise<MediaFile> {
    const { retrieval } = this.#components
    try {
      const { size, fetch } = await retrieval.file(cid, options)
      return { head: { cid, size, type: BYTES }, fetch }
    } catch (err) {
      if ((err as Error).name !== 'ContentNotFoundError') throw err
      const { message } = err as Error
      throw new ContentNotFoundError(
        `no title known here or to a tracker has ${cid}, and as a file of its own ${message}`,
        { cause: err })
    }
  }
}

interface Place { rendition: string, number: number, block?: { size: number, number: number } }

/** Where in the title the CID stands: a segment's name first, since a one-block segment is both. */
async function placeOf (
  cid: CID, manifest: Manifest, options: CallOptions
): Promise<Place | undefined> {
  for (const { name } of manifest.root.renditions) {
    for await (const { number, cid: segment, blocks } of manifest.index(name).segments(options)) {
      if (segment.equals(cid)) return { rendition: name, number }
      const block = blocks.find(candidate => candidate.cid.equals(cid))
      if (block !== undefined) return { rendition: name, number, block }
    }
  }
  return undefined
}

function mediaType ({ init, resolution }: Rendition): string {
  return init === undefined ? 'video/mp2t' : resolution === undefined ? 'audio/mp4' : 'video/mp4'
}
