/**
 * The fields of tracker messages, each with its bound, and the one way bytes become them.
 * in: DAG-CBOR from anybody. out: values of the agreed shape, or InvalidMessageError.
 */

import * as dagCbor from '@ipld/dag-cbor'
import { multiaddr } from '@multiformats/multiaddr'
import { CID } from 'multiformats/cid'
import * as z from 'zod/mini'
import { assertCid } from '../cid.ts'
import { InvalidMessageError } from '../errors.ts'
import {
  MAX_ADDRESS_BYTES, MAX_NETWORK_LENGTH, MAX_REGION_LENGTH, MAX_RENDITIONS
} from '../limits.ts'

const MAX_RENDITION_NAME_LENGTH = 64
const MAX_PEER_ID_LENGTH = 128

export const byteArray = z.custom<Uint8Array>(value => value instanceof Uint8Array)
export const bytesOf = (length: number) =>
  byteArray.check(z.refine(({ byteLength }) => byteLength === length, `not ${length} bytes`))
export const bytesUpTo = (length: number) =>
  byteArray.check(z.refine(({ byteLength }) => byteLength <= length, `over ${length} bytes`))

export const count = z.int().check(z.nonnegative())
export const milliseconds = z.number().check(z.nonnegative())
export const networkName = z.string().check(z.minLength(1), z.maxLength(MAX_NETWORK_LENGTH))
export const regionName = z.string().check(z.maxLength(MAX_REGION_LENGTH))
export const roleName = z.enum(['peer', 'edge', 'origin', 'bootstrap'])
export const peerText = z.string().check(z.minLength(1), z.maxLength(MAX_PEER_ID_LENGTH))

/** What `make` makes of a value of the shape; what it throws makes the value unfit. */
export function made<T, R> (shape: z.ZodMiniType<T>, make: (value: T) => R) {
  return z.pipe(shape, z.transform((value: T, { issues }) => {
    try {
      return make(value)
    } catch (err) {
      issues.push({ code: 'custom', message: String(err), input: value })
      return z.NEVER
    }
  }))
}

/** A CID as DAG-CBOR links it, of the kinds we use. */
export const link = made(z.custom<CID>(value => CID.asCID(value) != null), cid =>
  assertCid(CID.asCID(cid)!))

/** A multiaddr in its binary form. */
export const address = made(byteArray, bytes => {
  if (bytes.byteLength === 0 || bytes.byteLength > MAX_ADDRESS_BYTES) {
    throw new RangeError(`an address of ${bytes.byteLength} bytes`)
  }
  const decoded = multiaddr(bytes)
  decoded.getComponents()
  return decoded
})

export const renditionName = z.string().check(
  z.minLength(1), z.maxLength(MAX_RENDITION_NAME_LENGTH)
)

/** How much of each rendition a node holds. */
export const renditions = z.array(z.object({
  rendition: renditionName,
  held: count,
  blocks: count
})).check(z.maxLength(MAX_RENDITIONS))

/**
 * The value `bytes` encode, of the shape asked for. Fields not known are dropped, so that later
 * versions may add some.
 *
 * @throws InvalidMessageError
 */
export function parseDagCbor<T extends z.ZodMiniType> (
  shape: T, bytes: Uint8Array, what: string
): z.output<T> {
  let value: unknown
  try {
    value = dagCbor.decode(bytes)
  } catch (cause) {
    throw new InvalidMessageError(`the ${what} is not DAG-CBOR`, { cause })
  }
  return parseShape(shape, value, what)
}

/** As {@link parseDagCbor}, of a value decoded already. */
export function parseShape<T extends z.ZodMiniType> (
  shape: T, value: unknown, what: string
): z.output<T> {
  const parsed = shape.safeParse(value)
  if (!parsed.success) {
    const issue = parsed.error.issues[0]
    const where = issue == null || issue.path.length === 0 ? '' : ` at ${issue.path.join('.')}`
    throw new InvalidMessageError(
      `the ${what} has another shape than agreed${where}`, { cause: parsed.error }
    )
  }
  return parsed.data
}

/** DAG-CBOR of an object whose undefined fields are left out. */
export function encodeFields (fields: Record<string, unknown>): Uint8Array {
  return dagCbor.encode(
    Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
  )
}
