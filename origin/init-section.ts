/**
 * What an fMP4 initialisation section says of its streams.
 * in: the bytes of init.mp4. out: the RFC 6381 codecs string and the picture's size.
 *
 * ISO/IEC 14496-12 boxes: 4 bytes size, 4 bytes type, contents. We walk
 * moov/trak/mdia/minf/stbl/stsd to `avc1` (14496-15: avcC holds profile, constraints, level) and
 * `mp4a` (14496-1: esds holds the object type).
 */

import { InvalidMediaError } from '../protocols/errors.ts'

export interface InitSection {
  /** E.g. `avc1.640028,mp4a.40.2`. */
  codecs: string
  resolution?: { width: number, height: number }
}

interface Box {
  type: string
  body: Uint8Array
}

const PATH = ['mdia', 'minf', 'stbl', 'stsd']
const HEADER_BYTES = 8
/** `stsd`: version, flags and entry count stand before the entries. */
const STSD_FIELDS_BYTES = 8
/** Fields of a sample entry before its inner boxes. */
const VISUAL_FIELDS_BYTES = 78
const AUDIO_FIELDS_BYTES = 28
const WIDTH_AT = 24
/** Version and flags. */
const FULL_BOX_BYTES = 4
const DECODER_CONFIG = 0x04
const DECODER_SPECIFIC = 0x05
const MPEG4_AUDIO = 0x40

/** @throws InvalidMediaError when it is no fMP4 of H.264 and AAC */
export function parseInitSection (bytes: Uint8Array): InitSection {
  const codecs: string[] = []
  let resolution: InitSection['resolution']
  for (const entry of sampleEntries(bytes)) {
    if (entry.type === 'avc1') {
      codecs.push(`avc1.${hex(find(entry.body, VISUAL_FIELDS_BYTES, 'avcC').subarray(1, 4))}`)
      const view = viewOf(entry.body)
      resolution = { width: view.getUint16(WIDTH_AT), height: view.getUint16(WIDTH_AT + 2) }
    } else if (entry.type === 'mp4a') {
      const esds = find(entry.body, AUDIO_FIELDS_BYTES, 'esds')
      codecs.push(`mp4a.40.${audioObjectType(esds.subarray(FULL_BOX_BYTES))}`)
    } else {
      throw new InvalidMediaError(`"${entry.type}" in the init section is neither H.264 nor AAC`)
    }
  }
  if (codecs.length === 0) throw new InvalidMediaError('the init section names no streams')
  return { codecs: codecs.join(','), ...(resolution != null && { resolution }) }
}

function * sampleEntries (bytes: Uint8Array): Generator<Box> {
  for (const { type, body } of boxes(find(bytes, 0, 'moov'))) {
    if (type === 'trak') {
      const stsd = PATH.reduce((box, name) => find(box, 0, name), body)
      yield * boxes(stsd.subarray(STSD_FIELDS_BYTES))
    }
  }
}

function find (bytes: Uint8Array, offset: number, type: string): Uint8Array {
  for (const box of boxes(bytes.subarray(offset))) {
    if (box.type === type) return box.body
  }
  throw new InvalidMediaError(`the init section has no "${type}" box`)
}

function * boxes (bytes: Uint8Array): Generator<Box> {
  const view = viewOf(bytes)
  for (let at = 0; at + HEADER_BYTES <= bytes.byteLength;) {
    const size = view.getUint32(at)
    if (size < HEADER_BYTES || at + size > bytes.byteLength) {
      throw new InvalidMediaError('a box of the init section does not fit in it')
    }
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + HEADER_BYTES))
    yield { type, body: bytes.subarray(at + HEADER_BYTES, at + size) }
    at += size
  }
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

function viewOf (bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
