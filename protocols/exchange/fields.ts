/**
 * Protobuf by table: the fields of a message, each with its number, kind and bound, and the one way
 * they become bytes and come back.
 * in: values of the table's shape, or bytes from anybody. out: the other, or InvalidMessageError.
 *
 * As in proto3, a field that is zero, empty or false is not written, and one not there is that.
 */

import { type Reader, type Writer, writer } from 'protons-runtime'
import { InvalidMessageError } from '../errors.ts'

interface KindValues {
  uint: number
  flag: boolean
  text: string
  bytes: Uint8Array
  uints: number[]
  texts: string[]
}
type Kind = keyof KindValues

/**
 * Field number, kind and bound: the highest value of a `uint`, the bytes of a `text` or `bytes`,
 * the count of `uints` or `texts`; for `texts` the bytes of each come after.
 */
export type Field = readonly [number: number, kind: Kind, max: number, each?: number]
export type Fields = Readonly<Record<string, Field>>
export type Values<T extends Fields> = { -readonly [K in keyof T]: KindValues[T[K][1]] }

export const MAX_UINT = 0xffff_ffff

const VARINT = 0
const DELIMITED = 2
const FIXED64 = 1
const FIXED32 = 5
const WIRE_TYPES: Record<Kind, number> = {
  uint: VARINT,
  flag: VARINT,
  text: DELIMITED,
  bytes: DELIMITED,
  uints: DELIMITED,
  texts: DELIMITED
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

export const tag = (number: number, wireType: number = DELIMITED): number =>
  (number << 3) | wireType

interface Entry {
  name: string
  field: Field
  /** Number and wire type, as they stand before each value. */
  key: number
}

/**
 * A message's fields. Written and read for each frame: what can be is made ready once, and nothing
 * is made but the values.
 */
export class FieldTable<T extends Fields> {
  readonly #entries: readonly Entry[]
  readonly #byNumber: ReadonlyArray<Entry | undefined>
  /** What a message says that says nothing; copied for each. */
  readonly #empty: Readonly<Record<string, KindValues[Kind]>>
  /** Fields that are filled bit by bit, and so cannot be shared. */
  readonly #lists: readonly string[]

  constructor (fields: T) {
    this.#entries = Object.entries(fields).map(([name, field]) =>
      ({ name, field, key: tag(field[0], WIRE_TYPES[field[1]]) }))
    const byNumber: Array<Entry | undefined> = []
    for (const entry of this.#entries) byNumber[entry.field[0]] = entry
    this.#byNumber = byNumber
    this.#empty = Object.fromEntries(this.#entries.map(({ name, field }) =>
      [name, emptyOf(field[1])]))
    this.#lists = this.#entries.filter(({ name }) => Array.isArray(this.#empty[name]))
      .map(({ name }) => name)
  }

  write (values: Partial<Values<T>>, out: Writer): void {
    for (let i = 0; i < this.#entries.length; i++) {
      const { name, key } = this.#entries[i]!
      const value: KindValues[Kind] | undefined = values[name]
      if (value != null) writeField(out, key, value)
    }
  }

  /**
   * Reads up to `end`; unknown fields are passed over.
   *
   * @throws InvalidMessageError and what the reader throws
   */
  read (input: Reader, end: number): Values<T> {
    const values = { ...this.#empty }
    for (let i = 0; i < this.#lists.length; i++) values[this.#lists[i]!] = []
    while (input.pos < end) {
      const key = input.uint32()
      const entry = this.#byNumber[key >>> 3]
      if (entry == null) {
        skip(input, key & 7)
      } else if (key === entry.key) {
        values[entry.name] = readField(entry, input, values[entry.name]!)
      } else {
        throw new InvalidMessageError(`field ${entry.name} has wire type ${key & 7}`)
      }
    }
    if (input.pos !== end) {
      throw new InvalidMessageError('a field that runs past the end of its message')
    }
    return values as Values<T>
  }
}

function writeField (out: Writer, key: number, value: KindValues[Kind]): void {
  if (typeof value === 'number' || typeof value === 'boolean') {
    if (Number(value) !== 0) {
      out.uint32(key).uint32(Number(value))
    }
  } else if (typeof value === 'string') {
    if (value !== '') {
      out.uint32(key).string(value)
    }
  } else if (value instanceof Uint8Array) {
    if (value.byteLength > 0) {
      out.uint32(key).bytes(value)
    }
  } else if (typeof value[0] === 'number') {
    out.uint32(key).bytes(packed(value as number[]))
  } else {
    for (const text of value as string[]) {
      out.uint32(key).string(text)
    }
  }
}

function packed (numbers: number[]): Uint8Array {
  const out = writer()
  for (const number of numbers) {
    out.uint32(number)
  }
  return out.finish()
}

function emptyOf (kind: Kind): KindValues[Kind] {
  switch (kind) {
    case 'uint': return 0
    case 'flag': return false
    case 'text': return ''
    case 'bytes': return new Uint8Array(0)
    case 'uints': case 'texts': return []
  }
}

function readField (
  { name, field }: Entry, input: Reader, before: KindValues[Kind]
): KindValues[Kind] {
  const kind = field[1]
  const max = field[2]
  const each = field[3]
  if (kind === 'uint') {
    return bounded(name, input.uint32(), max)
  }
  if (kind === 'flag') {
    return input.bool()
  }
  const bytes = input.bytes()
  if (kind === 'bytes' || kind === 'text') {
    bounded(name, bytes.byteLength, max)
    return kind === 'bytes' ? bytes : utf8.decode(bytes)
  }
  if (kind === 'texts') {
    bounded(name, bytes.byteLength, each ?? 0)
    bounded(name, (before as string[]).push(utf8.decode(bytes)), max)
    return before
  }
  return unpacked(name, bytes, max, before as number[])
}

function unpacked (name: string, bytes: Uint8Array, max: number, into: number[]): number[] {
  let value = 0
  let shift = 0
  for (const byte of bytes) {
    if (shift > 28) {
      throw new InvalidMessageError(`a number in ${name} has more than 32 bits`)
    }
    value = (value | (byte & 0x7f) << shift) >>> 0
    shift += 7
    if (byte < 0x80) {
      bounded(name, into.push(value), max)
      value = 0
      shift = 0
    }
  }
  if (shift > 0) {
    throw new InvalidMessageError(`${name} ends within a number`)
  }
  return into
}

function bounded (name: string, value: number, max: number): number {
  if (value > max) {
    throw new InvalidMessageError(`${name} is ${value}, over its limit of ${max}`)
  }
  return value
}

/** Passes over an unknown field. Groups are refused: they nest, and no proto3 writer makes them. */
export function skip (input: Reader, wireType: number): void {
  if (![VARINT, FIXED64, DELIMITED, FIXED32].includes(wireType)) {
    throw new InvalidMessageError(`wire type ${wireType}`)
  }
  input.skipType(wireType)
}
