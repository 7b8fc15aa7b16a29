/**
 * sha2-256 in a browser: its own, where the page has it.
 */

import { sha256 } from '@noble/hashes/sha2.js'
import type { Sha256 } from '../../protocols/cid.ts'

/**
 * The browser's own takes a round trip to another thread. An index page has hundreds of names to
 * check, one after the other. Higher: the page's own thread is kept longer from what else it does.
 */
const SHORT_BYTES = 2048

/** A page over plain HTTP has no `crypto.subtle`: hashed in JavaScript, some 100 MB/s. */
export const webSha256: Sha256 = bytes => {
  const { subtle } = globalThis.crypto ?? {}
  if (subtle == null || bytes.byteLength <= SHORT_BYTES) return sha256(bytes)
  return subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>)
    .then(digest => new Uint8Array(digest))
}
