/**
 * sha2-256 in a browser: its own, where the page has it.
 */

import { sha256 } from '@noble/hashes/sha2.js'
import type { Sha256 } from '../../protocols/cid.ts'

/** A page over plain HTTP has no `crypto.subtle`: hashed in JavaScript, some 100 MB/s. */
export const webSha256: Sha256 = bytes => {
  const { subtle } = globalThis.crypto ?? {}
  if (subtle == null) return sha256(bytes)
  return subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>)
    .then(digest => new Uint8Array(digest))
}
