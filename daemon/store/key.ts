/**
 * The short name of a block inside the store: one byte of codec and 32 of sha2-256, as a latin1
 * string of 33 characters. It costs a third of the CID's text in memory and in the index.
 */

import { CID } from 'multiformats/cid'
import { create as createDigest } from 'multiformats/hashes/digest'
import { assertCid, SHA2_256_CODE } from '../../protocols/cid.ts'
import { bytesOf, latin1 } from './latin1.ts'

export type BlockKey = string

/** The key being made, so that it becomes one string and not two chained ones. */
const KEY = new Uint8Array(33)

/** @throws InvalidCidError when the CID is not of a kind we store */
export function keyOf (cid: CID): BlockKey {
  KEY.set(assertCid(cid).multihash.digest, 1)
  KEY[0] = cid.code
  return latin1(KEY)
}

export function cidOfKey (key: BlockKey): CID {
  return CID.createV1(key.charCodeAt(0), createDigest(SHA2_256_CODE, keyBytes(key).subarray(1)))
}

/** A key as the index keeps it. */
export function keyBytes (key: BlockKey): Uint8Array {
  return bytesOf(key)
}

export function keyFromBytes (bytes: Uint8Array): BlockKey {
  return latin1(bytes)
}
