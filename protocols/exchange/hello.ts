/**
 * HELLO as it travels, and as the rest of the code sees it.
 */

import { MAX_FEATURES, MAX_RECORD_BYTES } from '../limits.ts'
import { MAX_UINT } from './fields.ts'
import type { Body } from './message.ts'
import type { Hello, Role } from './types.ts'

/** A WANT with `again` changes the priority and deadline of one sent before. */
export const RAISE_FEATURE = 'raise'

/** We pass on WANTs that have a route. */
export const RELAY_FEATURE = 'relay'

/** By their number on the wire. */
const ROLES: readonly Role[] = ['peer', 'edge', 'origin', 'bootstrap']

export function encodeHello (hello: Hello): Partial<Body<'hello'>> {
  const { network, role, region, maxWants, features, record } = hello
  return {
    network,
    role: ROLES.indexOf(role),
    region,
    uploadBytesPerSecond: Math.min(MAX_UINT, Math.ceil(hello.uploadBytesPerSecond)),
    maxWants,
    features: features.slice(0, MAX_FEATURES),
    ...(record == null || record.byteLength > MAX_RECORD_BYTES ? {} : { record })
  }
}

/** A role of later days counts as a peer. The record is copied: the body is a view of a chunk. */
export function decodeHello ({ role, record, ...same }: Body<'hello'>): Hello {
  return {
    ...same,
    role: ROLES[role] ?? 'peer',
    ...(record.byteLength === 0 ? {} : { record: record.slice() })
  }
}
