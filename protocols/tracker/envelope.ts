/**
 * The signed envelope: bytes, and who said them.
 * in: a payload and a node's Ed25519 key. out: DAG-CBOR `{key, payload, signature}`.
 *
 *   key        32 bytes, the Ed25519 public key; the signer's peer ID follows from it
 *   payload    bytes, the DAG-CBOR of a record or statement (fields.ts)
 *   signature  64 bytes, Ed25519 over  "cdnd-envelope@1" 0x00 payload
 */

import * as dagCbor from '@ipld/dag-cbor'
import { publicKeyFromRaw } from '@libp2p/crypto/keys'
import type { PeerId, PrivateKey } from '@libp2p/interface'
import { peerIdFromMultihash, peerIdFromPublicKey } from '@libp2p/peer-id'
import { decode as decodeDigest } from 'multiformats/hashes/digest'
import * as z from 'zod/mini'
import { InvalidArgumentError, RecordRefusedError } from '../errors.ts'
import { MAX_ENVELOPE_BYTES } from '../limits.ts'
import { byteArray, bytesOf, parseDagCbor } from './fields.ts'

export interface OpenedEnvelope {
  /** Who signed. */
  peer: PeerId
  payload: Uint8Array
}

/** Who may have signed an envelope. */
export interface Signer {
  peer: PeerId
  verify (message: Uint8Array, signature: Uint8Array): boolean | Promise<boolean>
}

/** The signer with this raw Ed25519 key, for those who know some already or verify faster. */
export type SignerOf = (key: Uint8Array) => Signer

/** The signature's own domain: nothing signed for another purpose can pass for an envelope. */
const DOMAIN = new TextEncoder().encode('cdnd-envelope@1\0')
const KEY_BYTES = 32
const SIGNATURE_BYTES = 64

const Envelope = z.object({
  key: bytesOf(KEY_BYTES),
  payload: byteArray,
  signature: bytesOf(SIGNATURE_BYTES)
})

/** @throws InvalidArgumentError for a key that is not Ed25519 */
export async function sealEnvelope (
  payload: Uint8Array, privateKey: PrivateKey
): Promise<Uint8Array> {
  if (privateKey.type !== 'Ed25519') {
    throw new InvalidArgumentError(
      `an envelope is signed with an Ed25519 key, not ${privateKey.type}`
    )
  }
  const signature = await privateKey.sign(signedBytes(payload))
  return dagCbor.encode({ key: privateKey.publicKey.raw, payload, signature })
}

/**
 * The payload and its signer, once the signature was found right.
 *
 * @throws RecordRefusedError (too-large, signature) InvalidMessageError
 */
export async function openEnvelope (
  bytes: Uint8Array, maxBytes = MAX_ENVELOPE_BYTES, signerOf: SignerOf = anySigner
): Promise<OpenedEnvelope> {
  const { key, payload, signature } = decodeEnvelope(bytes, maxBytes)
  let isValid = false
  let cause: unknown
  let signer: Signer | undefined
  try {
    signer = signerOf(key)
    isValid = await signer.verify(signedBytes(payload), signature)
  } catch (err) {
    // Bytes that are no point of the curve throw in some implementations and fail to verify in
    // others.
    cause = err
  }
  if (signer == null || !isValid) {
    throw new RecordRefusedError(
      'signature', 'the envelope is not signed by the key it names', { cause }
    )
  }
  return { peer: signer.peer, payload }
}

/**
 * The payload and who is said to have signed it, for those who know the bytes to be the signer's by
 * other means.
 *
 * @throws RecordRefusedError (too-large, signature) InvalidMessageError
 */
export function readEnvelope (
  bytes: Uint8Array, maxBytes = MAX_ENVELOPE_BYTES, signerOf: SignerOf = anySigner
): OpenedEnvelope {
  const { key, payload } = decodeEnvelope(bytes, maxBytes)
  try {
    return { peer: signerOf(key).peer, payload }
  } catch (cause) {
    throw new RecordRefusedError('signature', 'the envelope names no Ed25519 key', { cause })
  }
}

function decodeEnvelope (bytes: Uint8Array, maxBytes: number): z.output<typeof Envelope> {
  if (bytes.byteLength > maxBytes) {
    throw new RecordRefusedError(
      'too-large', `an envelope of ${bytes.byteLength} bytes, over ${maxBytes}`
    )
  }
  return parseDagCbor(Envelope, bytes, 'envelope')
}

/**
 * The peer with this raw Ed25519 key. As libp2p makes it in Node, it holds a few bytes of a shared
 * pool, and with them 8 KB for as long as it is kept: so it is made of a copy.
 */
export function peerOf (key: Uint8Array): PeerId {
  const { bytes } = peerIdFromPublicKey(publicKeyFromRaw(key)).toMultihash()
  return peerIdFromMultihash(decodeDigest(Uint8Array.from(bytes)))
}

function anySigner (key: Uint8Array): Signer {
  const publicKey = publicKeyFromRaw(key)
  return {
    peer: peerOf(key),
    verify: (message, signature) => publicKey.verify(message, signature)
  }
}

function signedBytes (payload: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(DOMAIN.byteLength + payload.byteLength)
  bytes.set(DOMAIN)
  bytes.set(payload, DOMAIN.byteLength)
  return bytes
}
