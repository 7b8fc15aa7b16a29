/**
 * The one place where bytes are held against their name.
 * in: a CID and bytes from anywhere. out: nothing, or a refusal by name.
 */

import { equals } from 'multiformats/bytes'
import type { CID } from 'multiformats/cid'
import { assertCid, type Sha256 } from '../cid.ts'
import { BlockMismatchError, BlockTooLargeError } from '../errors.ts'
import { MAX_BLOCK_BYTES } from '../limits.ts'

/**
 * Returns when `bytes` are the block `cid` names; at once when `sha256` hashes at once.
 *
 * @throws BlockMismatchError BlockTooLargeError InvalidCidError
 */
export function checkBlock (cid: CID, bytes: Uint8Array, sha256: Sha256): void | Promise<void> {
  assertCid(cid)
  if (bytes.byteLength > MAX_BLOCK_BYTES) {
    throw new BlockTooLargeError(
      `${bytes.byteLength} bytes are more than a block may have (${MAX_BLOCK_BYTES})`
    )
  }
  const digest = sha256(bytes)
  if (digest instanceof Uint8Array) {
    return compare(cid, digest)
  }
  return digest.then(digest => compare(cid, digest))
}

function compare (cid: CID, digest: Uint8Array): void {
  if (!equals(digest, cid.multihash.digest)) {
    throw new BlockMismatchError(cid)
  }
}
