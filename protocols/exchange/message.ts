/**
 * The frames of `/cdnd/exchange/1.0.0`. Block bytes stand behind the protobuf header, not in it.
 *
 *   frame  = header length (unsigned varint, 1 … 65,536) · header · payload
 *   header = protobuf: field 1, varint: payload bytes (0 … 65,536, absent for 0)
 *                      and one of the fields 2 … 13, a message: the frame's kind
 *
 *   2 HELLO     1 network text · 2 role uint (0 peer, 1 edge, 2 origin, 3 bootstrap)
 *               3 region text · 4 upload bytes/s uint (0 no limit) · 5 max WANTs uint
 *               6 features text… · 7 signed node record bytes
 *   3 INTEREST  1 channel uint · 2 content CID bytes · 3 ticket bytes (reserved) · 4 closed flag
 *   4 HAVE      1 channel uint · 2 rendition text · 3 base uint · 4 bitfield bytes (bit n,
 *               least significant first, is block base + n) · 5 held uint… · 6 loading uint…
 *               7 gone uint… (packed) · 8 first flag · 9 last flag
 *   5 WANT      1 id uint · 2 channel uint (0 none) · 3 CID bytes · 4 expected size uint
 *               5 offset uint · 6 priority uint (0 urgent, 1 playing, 2 prefetch, 3 offline)
 *               7 deadline uint (ms left, 0 none) · 8 route text… (peer IDs, the holder last)
 *               9 again flag (another priority and deadline for the WANT of that id)
 *               10 keeper uint (which peer of the route shall keep it) · 11 content CID bytes
 *   6 DATA      1 id uint · 2 offset uint · 3 total uint · payload: the bytes from offset on
 *   7 MISSING   1 id uint
 *   8 BUSY      1 id uint · 2 retry after uint (ms) · 3 providers text… (multiaddrs)
 *   9 CANCEL    1 id uint
 *   10 PING     1 nonce uint
 *   11 PONG     1 nonce uint · 2 place bytes (protocols/rtt/place.ts; none: not told)
 *   12 RECEIPT  reserved
 *   13 UNREACHABLE  1 id uint · 2 hop text (peer ID) · 3 retry after uint (ms)
 *
 * All uints have at most 32 bits. A frame of a kind not listed is passed over with its payload.
 */

import { type Reader, reader, type Writer, writer } from 'protons-runtime'
import type { Uint8ArrayList } from 'uint8arraylist'
import { InvalidMessageError } from '../errors.ts'
import { encodeFrame } from '../frame.ts'
import {
  MAX_ADDRESS_LENGTH, MAX_BITFIELD_BYTES, MAX_BLOCK_BYTES, MAX_CID_BYTES, MAX_DATA_BYTES,
  MAX_DELTA_BLOCKS, MAX_FEATURE_LENGTH, MAX_FEATURES, MAX_NETWORK_LENGTH, MAX_PEER_ID_LENGTH,
  MAX_PROVIDERS, MAX_RECORD_BYTES, MAX_REGION_LENGTH, MAX_RENDITION_NAME_BYTES, MAX_ROUTE_HOPS,
  MAX_TICKET_BYTES
} from '../limits.ts'
import { PLACE_BYTES } from '../rtt/place.ts'
import { type Fields, FieldTable, MAX_UINT, skip, tag, type Values } from './fields.ts'

export const EXCHANGE_PROTOCOL = '/cdnd/exchange/1.0.0'

/**
 * Block bytes in a DATA frame we send. With its headers it fills one Noise message of 65,519 bytes;
 * at MAX_DATA_BYTES every frame would need a second, tiny one.
 */
export const DATA_BYTES = 65_408

/** UTF-8 takes up to three bytes for what JavaScript counts as one. */
const BYTES_A_UNIT = 3
const ID = [1, 'uint', MAX_UINT] as const

const FRAMES = {
  hello: {
    number: 2,
    table: new FieldTable({
      network: [1, 'text', MAX_NETWORK_LENGTH * BYTES_A_UNIT],
      role: [2, 'uint', MAX_UINT],
      region: [3, 'text', MAX_REGION_LENGTH * BYTES_A_UNIT],
      uploadBytesPerSecond: [4, 'uint', MAX_UINT],
      maxWants: [5, 'uint', MAX_UINT],
      features: [6, 'texts', MAX_FEATURES, MAX_FEATURE_LENGTH],
      record: [7, 'bytes', MAX_RECORD_BYTES]
    })
  },
  interest: {
    number: 3,
    table: new FieldTable({
      channel: ID,
      content: [2, 'bytes', MAX_CID_BYTES],
      ticket: [3, 'bytes', MAX_TICKET_BYTES],
      closed: [4, 'flag', 1]
    })
  },
  have: {
    number: 4,
    table: new FieldTable({
      channel: ID,
      rendition: [2, 'text', MAX_RENDITION_NAME_BYTES],
      base: [3, 'uint', MAX_UINT],
      bitfield: [4, 'bytes', MAX_BITFIELD_BYTES],
      held: [5, 'uints', MAX_DELTA_BLOCKS],
      loading: [6, 'uints', MAX_DELTA_BLOCKS],
      gone: [7, 'uints', MAX_DELTA_BLOCKS],
      first: [8, 'flag', 1],
      last: [9, 'flag', 1]
    })
  },
  want: {
    number: 5,
    table: new FieldTable({
      id: ID,
      channel: [2, 'uint', MAX_UINT],
      cid: [3, 'bytes', MAX_CID_BYTES],
      size: [4, 'uint', MAX_BLOCK_BYTES],
      offset: [5, 'uint', MAX_BLOCK_BYTES],
      priority: [6, 'uint', MAX_UINT],
      deadlineMs: [7, 'uint', MAX_UINT],
      route: [8, 'texts', MAX_ROUTE_HOPS, MAX_PEER_ID_LENGTH],
      again: [9, 'flag', 1],
      keeper: [10, 'uint', MAX_ROUTE_HOPS],
      content: [11, 'bytes', MAX_CID_BYTES]
    })
  },
  data: {
    number: 6,
    table: new FieldTable({
      id: ID,
      offset: [2, 'uint', MAX_BLOCK_BYTES],
      // Its limit is the size the asker expects.
      total: [3, 'uint', MAX_UINT]
    })
  },
  missing: { number: 7, table: new FieldTable({ id: ID }) },
  busy: {
    number: 8,
    table: new FieldTable({
      id: ID,
      retryAfterMs: [2, 'uint', MAX_UINT],
      providers: [3, 'texts', MAX_PROVIDERS, MAX_ADDRESS_LENGTH]
    })
  },
  cancel: { number: 9, table: new FieldTable({ id: ID }) },
  ping: { number: 10, table: new FieldTable({ nonce: ID }) },
  pong: { number: 11, table: new FieldTable({ nonce: ID, place: [2, 'bytes', PLACE_BYTES] }) },
  unreachable: {
    number: 13,
    table: new FieldTable({
      id: ID,
      hop: [2, 'text', MAX_PEER_ID_LENGTH],
      retryAfterMs: [3, 'uint', MAX_UINT]
    })
  }
}

type Frames = typeof FRAMES
export type FrameKind = keyof Frames
/** What a frame of one kind says. */
export type Body<K extends FrameKind> =
  Frames[K]['table'] extends FieldTable<infer T> ? Values<T> : never
export type Message = { [K in FrameKind]: { kind: K, body: Body<K> } }[FrameKind]

export interface Header {
  /** Payload bytes behind the header. */
  payload: number
  /** Undefined for a kind of frame we do not know. Bytes in it are views of the header. */
  message: Message | undefined
}

const KINDS = new Map<number, FrameKind>(
  Object.entries(FRAMES).map(([kind, { number }]) => [number, kind as FrameKind])
)
const PAYLOAD_FIELD = 1
const VARINT = 0

/** A whole frame, its payload not copied. Fields left out are zero. */
export function encodeMessage<K extends FrameKind> (
  kind: K, body: Partial<Body<K>>, payload?: Uint8Array
): Uint8ArrayList {
  const { number } = FRAMES[kind]
  const table = FRAMES[kind].table as FieldTable<Fields>
  const out: Writer = writer()
  if (payload != null && payload.byteLength > 0) {
    out.uint32(tag(PAYLOAD_FIELD, VARINT)).uint32(payload.byteLength)
  }
  out.uint32(tag(number)).fork()
  table.write(body, out)
  out.ldelim()
  return encodeFrame(out.finish(), payload)
}

/** @throws InvalidMessageError for any bytes that are not a header */
export function decodeHeader (bytes: Uint8Array): Header {
  try {
    return readHeader(reader(bytes))
  } catch (cause) {
    if (cause instanceof InvalidMessageError) {
      throw cause
    }
    throw new InvalidMessageError('a header that is no protobuf', { cause })
  }
}

function readHeader (input: Reader): Header {
  const header: Header = { payload: 0, message: undefined }
  while (input.pos < input.len) {
    const key = input.uint32()
    const kind = KINDS.get(key >>> 3)
    if (key === tag(PAYLOAD_FIELD, VARINT)) {
      header.payload = input.uint32()
    } else if (kind == null || key !== tag(key >>> 3)) {
      skip(input, key & 7)
    } else if (header.message != null) {
      throw new InvalidMessageError('a frame of two kinds')
    } else {
      header.message = readMessage(kind, input)
    }
  }
  if (input.pos !== input.len) {
    throw new InvalidMessageError('a field that runs past the end of the header')
  }
  if (header.payload > MAX_DATA_BYTES) {
    throw new InvalidMessageError(`a payload of ${header.payload} bytes, over ${MAX_DATA_BYTES}`)
  }
  return header
}

function readMessage (kind: FrameKind, input: Reader): Message {
  const length = input.uint32()
  const end = input.pos + length
  if (end > input.len) {
    throw new InvalidMessageError('a message that runs past the end of the header')
  }
  return { kind, body: FRAMES[kind].table.read(input, end) } as Message
}
