/**
 * What `fetch` writes for an ID. in: a title's, segment's or block's ID. out: its bytes in pieces,
 * checked, with a name for the file and what is known of it beforehand.
 */

import type { CID } from 'multiformats/cid'
import { RAW_CODE } from '../protocols/cid.ts'
import {
  checkBlock, parseContentId, type Rendition, type SegmentId
} from '../protocols/content/index.ts'
import type { ControlClient } from '../protocols/control/client.ts'
import { MAX_BLOCK_BYTES, MAX_SEGMENT_BYTES } from '../protocols/limits.ts'
import { sha256 } from '../protocols/sha256.ts'
import { parseId } from './content-ids.ts'
import {
  chooseRendition, openTitle, type Piece, type ReadOptions, readSegment, readTitle
} from './title-reader.ts'

export interface FetchSource {
  /** Of the file, when the user gives none. */
  name: string
  id: string
  title?: string
  rendition?: string
  durationMs?: number
  pieces: AsyncIterable<Piece>
}

/** @throws InvalidArgumentError NotInManifestError, and what the daemon answers */
export async function fetchSource (
  client: ControlClient, text: string, options: ReadOptions & { rendition?: string }
): Promise<FetchSource> {
  const id = parseId(text)
  switch (id.kind) {
    case 'alias': {
      const song = await client.song(id.alias, options)
      return await titleSource(client, parseContentId(song.id), options)
    }
    case 'title': return await titleSource(client, id.content, options)
    case 'segment': return await segmentSource(client, id.id, options)
    case 'block': return { name: text, id: text, pieces: readBlock(client, id.cid, options) }
  }
}

async function titleSource (
  client: ControlClient, content: CID, options: ReadOptions & { rendition?: string }
): Promise<FetchSource> {
  const manifest = await openTitle(client, content, options)
  const rendition = chooseRendition(manifest, options.rendition)
  const { title } = manifest.root
  return {
    name: `${title}${fileEnding(rendition)}`,
    id: `${content}`,
    title,
    rendition: rendition.name,
    durationMs: rendition.durationMs,
    pieces: readTitle(client, manifest, rendition, options)
  }
}

async function segmentSource (
  client: ControlClient, { content, rendition, number }: SegmentId, options: ReadOptions
): Promise<FetchSource> {
  const manifest = await openTitle(client, content, options)
  const index = manifest.index(rendition)
  const segment = await index.segment(number, options)
  const { title } = manifest.root
  return {
    name: `${title}-${rendition}-${number}${index.rendition.init === undefined ? '.ts' : '.m4s'}`,
    id: `${content}/${rendition}/${number}`,
    title,
    rendition,
    durationMs: segment.durationMs,
    pieces: (async function * () {
      yield await readSegment(client, content, rendition, segment, options)
    })()
  }
}

/** A segment of several blocks is known here by its file's root only: the daemon checked it. */
async function * readBlock (
  client: ControlClient, cid: CID, options: ReadOptions
): AsyncGenerator<Piece> {
  const maxBytes = cid.code === RAW_CODE ? MAX_BLOCK_BYTES : MAX_SEGMENT_BYTES
  const { bytes, sources } = await client.segment(`${cid}`, { maxBytes, ...options })
  if (cid.code === RAW_CODE) await checkBlock(cid, bytes, sha256)
  yield { bytes, sources, readMs: 0 }
}

function fileEnding ({ init, resolution }: Rendition): string {
  if (init === undefined) return '.ts'
  return resolution === undefined ? '.m4a' : '.mp4'
}
