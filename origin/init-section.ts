/**
 * What an fMP4 initialisation section says of its streams.
 * in: the bytes of init.mp4. out: the RFC 6381 codecs string and the picture's size.
 *
 * In each track's `stsd` stands `avc1` (ISO/IEC 14496-15: avcC holds profile, constraints, level)
 * or `mp4a` (14496-1: esds holds the object type).
 */

import { InvalidMediaError } from '../protocols/errors.ts'
import { boxes, FULL_BOX_BYTES, findAll, findFirst, viewOf } from './mp4-box.ts'

export interface InitSection {
  /** E.g. `avc1.640028,mp4a.40.2`. */
  codecs: string
  resolution?: { width: number, height: number }
}

/** Version, flags and entry count stand before the entries. */
const STSD_FIELDS_BYTES = 8
/** Fields of a sample entry before its inner boxes. */
const VISUAL_FIELDS_BYTES = 78
const AUDIO_FIELDS_BYTES = 28
const WIDTH_AT = 24
const DECODER_CONFIG = 0x04
const DECODER_SPECIFIC = 0x05
const MPEG4_AUDIO = 0x40

/** @throws InvalidMediaError when it is no fMP4 of H.264 and AAC */
export function parseInitSection (bytes: Uint8Array): InitSection {
  const codecs: string[] = []
  let resolution: InitSection['resolution']
  const tables = findAll(bytes, 'moov', 'trak', 'mdia', 'minf', 'stbl', 'stsd')
  const entries = tables.flatMap(table => Array.from(boxes(table.subarray(STSD_FIELDS_BYTES))))
  for (const { type, body } of entries) {
    if (type === 'avc1' && body.byteLength >= VISUAL_FIELDS_BYTES) {
      const profile = findFirst(body.subarray(VISUAL_FIELDS_BYTES), 'avcC').subarray(1, 4)
      codecs.push(`avc1.${hex(profile)}`)
      const view = viewOf(body)
      resolution = { width: view.getUint16(WIDTH_AT), height: view.getUint16(WIDTH_AT + 2) }
    } else if (type === 'mp4a') {
      const esds = findFirst(body.subarray(AUDIO_FIELDS_BYTES), 'esds')
      codecs.push(`mp4a.40.${audioObjectType(esds.subarray(FULL_BOX_BYTES))}`)
    } else {
      throw new InvalidMediaError(`"${type}" in the init section is neither H.264 nor AAC`)
    }
  }
  if (codecs.length === 0) throw new InvalidMediaError('the init section names no streams')
  return { codecs: codecs.join(','), ...(resolution != null && { resolution }) }
}

/** The top five bits of the decoder's configuration, found through nested MPEG-4 descriptors. */
function audioObjectType (bytes: Uint8Array): number {
  // ES_Descriptor: tag, length, 2 bytes ID, 1 byte flags, none of which ffmpeg sets.
  const config = descriptor(bytes, descriptor(bytes, 0).start + 3)
  if (config.tag === DECODER_CONFIG && bytes[config.start] === MPEG4_AUDIO) {
    const specific = descriptor(bytes, config.start + 13)
    const first = bytes[specific.start]
    if (specific.tag === DECODER_SPECIFIC && first != null) return first >> 3
  }
  throw new InvalidMediaError('the init section does not describe its sound as AAC')
}

/** A descriptor's tag and where its contents start; its length takes up to four bytes. */
function descriptor (bytes: Uint8Array, at: number): { tag: number | undefined, start: number } {
  let start = at + 1
  while (((bytes[start] ?? 0) & 0x80) !== 0 && start < at + 4) start++
  return { tag: bytes[at], start: start + 1 }
}

function hex (bytes: Uint8Array): string {
  return Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('')
}
