/**
 * The publisher's word for a content root: Ed25519 over the DAG-CBOR of the root without its
 * `signature`. The root's `type` is part of that text, so no signature fits another kind of record.
 */

import { encode } from '@ipld/dag-cbor'
import { publicKeyFromRaw } from '@libp2p/crypto/keys'
import type { PrivateKey } from '@libp2p/interface'
import { equals } from 'multiformats/bytes'
import { InvalidArgumentError, InvalidSignatureError, WrongPublisherError } from '../errors.ts'
import type { ContentRoot, UnsignedRoot } from './types.ts'

export interface VerifyOptions {
  /** The Ed25519 public key, 32 bytes, that must have signed; absent: whoever the root names. */
  publisher?: Uint8Array
}

/**
 * The root with its publisher's signature.
 *
 * @throws InvalidArgumentError when the key is not Ed25519 or not `unsigned.publisher`'s
 */
export async function signRoot (
  unsigned: UnsignedRoot, privateKey: PrivateKey
): Promise<ContentRoot> {
  if (privateKey.type !== 'Ed25519' || !equals(privateKey.publicKey.raw, unsigned.publisher)) {
    throw new InvalidArgumentError('a root is signed with its publisher\'s Ed25519 key')
  }
  return { ...unsigned, signature: await privateKey.sign(encode(unsigned)) }
}

/**
 * Returns when the root is signed by the publisher it names.
 *
 * @throws InvalidSignatureError WrongPublisherError
 */
export async function verifyRoot (root: ContentRoot, options: VerifyOptions = {}): Promise<void> {
  if (options.publisher != null && !equals(options.publisher, root.publisher)) {
    throw new WrongPublisherError('the content root names another publisher than the one asked for')
  }
  const { signature, ...unsigned } = root
  if (!await isSigned(encode(unsigned), signature, root.publisher)) {
    throw new InvalidSignatureError('the signature of the content root is not its publisher\'s')
  }
}

async function isSigned (
  text: Uint8Array, signature: Uint8Array, publisher: Uint8Array
): Promise<boolean> {
  try {
    return await publicKeyFromRaw(publisher).verify(text, signature)
  } catch {
    return false // 32 bytes that are no point of the curve make some implementations throw.
  }
}
