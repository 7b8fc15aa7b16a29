/**
 * The fields of tracker messages, each with its bound, and the one way bytes become them.
 * in: DAG-CBOR from anybody. out: values of the agreed shape, or InvalidMessageError.
 */

import * as dagCbor from '@ipld/dag-cbor'
import { multiaddr } from '@multiformats/multiaddr'
import { CID } from 'multiformats/cid'
import * as z from 'zod'
import { assertCid } from '../cid.ts'
import { InvalidMessageError } from '../errors.ts'
import {
  MAX_ADDRESS_BYTES, MAX_NETWORK_LENGTH, MAX_REGION_LENGTH, MAX_RENDITIONS
} from '../limits.ts'

const MAX_RENDITION_NAME_LENGTH = 64
const MAX_PEER_ID_LENGTH = 128

export const byteArray = z.custom<Uint8Array>(value => value instanceof Uint8Array)
export const bytesOf = (length: number) =>
  byteArray.refine(({ byteLength }) => byteLength === length, `not ${length} bytes`)
export const bytesUpTo = (length: number) =>
  byteArray.refine(({ byteLength }) => byteLength <= length, `over ${length} bytes`)

export const count = z.int().nonnegative()
export const milliseconds = z.number().nonnegative()
export const networkName = z.string().min(1).max(MAX_NETWORK_LENGTH)
export const regionName = z.string().max(MAX_REGION_LENGTH)
export const roleName = z.enum(['peer', 'edge', 'origin', 'bootstrap'])
export const peerText = z.string().min(1).max(MAX_PEER_ID_LENGTH)

/** A CID as DAG-CBOR links it, of the kinds we use. */
export const link = z.custom<CID>(value => CID.asCID(value) != null).transform((cid, context) => {
  try {
    return assertCid(CID.asCID(cid)!)
  } catch (err) {
    context.addIssue({ code: 'custom', message: String(err) })
    return z.NEVER
  }
})

/** A multiaddr in its binary form. */
export const address = byteArray.transform((bytes, context) => {
  try {
    if (bytes.byteLength === 0 || bytes.byteLength > MAX_ADDRESS_BYTES) {
      throw new RangeError(`an address of ${bytes.byteLength} bytes`)
    }
    const decoded = multiaddr(bytes)
    decoded.getComponents()
    return decoded
  } catch (err) {
    context.addIssue({ code: 'custom', message: String(err) })
    return z.NEVER
  }
})

export const renditionName = z.string().min(1).max(MAX_RENDITION_NAME_LENGTH)

/** How much of each rendition a node holds. */
export const renditions = z.array(z.object({
  rendition: renditionName,
  held: count,
  blocks: count
})).max(MAX_RENDITIONS)

/**
 * The value `bytes` encode, of the shape asked for. Fields not known are dropped, so that later
 * versions may add some.
 *
 * @throws InvalidMessageError
 */
export function parseDagCbor<T extends z.ZodType> (
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
export function parseShape<T extends z.ZodType> (
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
