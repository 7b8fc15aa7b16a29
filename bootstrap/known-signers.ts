/**
 * Those whose statements a tracker has read lately: they speak every half minute.
 * in: a raw Ed25519 key. out: its peer ID and its verifier, without making either anew.
 */

import { createPublicKey, type KeyObject, verify } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import { peerOf } from '../protocols/tracker/envelope.ts'
import type { Signer } from '../protocols/tracker/index.ts'

/** The longest silent makes room. Each is some 2 KB. */
const MAX_SIGNERS = 20_000
/** What stands before an Ed25519 key as X.509 has it: RFC 8410. */
const SPKI_HEAD = Buffer.from('302a300506032b6570032100', 'hex')

export class KnownSigners {
  readonly #signers = new LRUCache<string, Signer>({ max: MAX_SIGNERS })

  of (key: Uint8Array): Signer {
    const name = Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString('latin1')
    return this.#signers.get(name) ??
      signerOf(key, signer => { this.#signers.set(name, signer) })
  }
}

/** `remember` is called once something was found signed: keys alone are anybody's to make up. */
function signerOf (key: Uint8Array, remember: (signer: Signer) => void): Signer {
  let keyObject: KeyObject | undefined
  // Copied: a key out of a message is a part of its bytes, and would keep them.
  const raw = Uint8Array.from(key)
  const peer = peerOf(raw)
  const signer: Signer = {
    peer,
    verify: (message, signature) => {
      keyObject ??= createPublicKey(
        { key: Buffer.concat([SPKI_HEAD, raw]), format: 'der', type: 'spki' })
      const isValid = verify(null, message, keyObject, signature)
      if (isValid) remember(signer)
      return isValid
    }
  }
  return signer
}
