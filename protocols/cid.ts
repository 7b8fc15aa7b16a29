/**
 * Names of content. in: bytes or a string. out: a CIDv1 whose multihash is sha2-256.
 */

import { CID } from 'multiformats/cid'
import * as raw from 'multiformats/codecs/raw'
import { create as createDigest } from 'multiformats/hashes/digest'
import { InvalidCidError } from './errors.ts'

/** sha2-256 of some bytes: 32 bytes. Node hashes at once, a browser promises to. */
export type Sha256 = (bytes: Uint8Array) => Uint8Array | Promise<Uint8Array>

export const RAW_CODE = raw.code
export const DAG_CBOR_CODE = 0x71
export const DAG_PB_CODE = 0x70
export const SHA2_256_CODE = 0x12
const DIGEST_BYTES = 32
const CODES: readonly number[] = [RAW_CODE, DAG_CBOR_CODE, DAG_PB_CODE]

/** The CID of `bytes` under `code`, raw unless said otherwise. */
export async function cidOf (
  bytes: Uint8Array, sha256: Sha256, code: number = RAW_CODE
): Promise<CID> {
  return CID.createV1(code, createDigest(SHA2_256_CODE, await sha256(bytes)))
}

/**
 * A CID from its text.
 *
 * @throws InvalidCidError when it is no CIDv1 of raw, dag-cbor or dag-pb under sha2-256
 */
export function parseCid (text: string): CID {
  let cid: CID
  try {
    cid = CID.parse(text)
  } catch (cause) {
    const shown = text.slice(0, 80)
    throw new InvalidCidError(
      `"${shown}" is not a CID: give the bafy… or bafk… name of the content`, { cause }
    )
  }
  return assertCid(cid)
}

/** As {@link parseCid}, from the binary form. */
export function decodeCid (bytes: Uint8Array): CID {
  let cid: CID
  try {
    cid = CID.decode(bytes)
  } catch (cause) {
    throw new InvalidCidError('these bytes are not a CID', { cause })
  }
  return assertCid(cid)
}

/** The same CID when it is of a kind we use. */
export function assertCid (cid: CID): CID {
  if (cid.version !== 1 || !CODES.includes(cid.code)) {
    throw new InvalidCidError(`${cid} is not a CIDv1 of raw, dag-cbor or dag-pb`)
  }
  if (cid.multihash.code !== SHA2_256_CODE || cid.multihash.digest.byteLength !== DIGEST_BYTES) {
    throw new InvalidCidError(`${cid} is not hashed with sha2-256`)
  }
  return cid
}
