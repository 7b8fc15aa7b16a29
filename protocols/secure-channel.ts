/**
 * Noise as every libp2p speaks it, with less work a byte than at its defaults. For Node only.
 * in: a libp2p node's parts. out: its connection encrypter.
 *
 * - A session's key is made ready for OpenSSL once, not for every message.
 * - A message is encrypted, and decrypted, in one call: each part of it would take a call and a
 *   buffer of its own, which costs more than to copy it into one piece.
 * - What one turn of the event loop writes to a TCP socket (lengths, ciphertexts, tags) goes out in
 *   one system call, not in one for each: those calls, and the tiny segments they make, cost more
 *   than the encryption.
 * - Memory that was read is given back at once (spent-memory.ts).
 */

import type { ConnectionEncrypter } from '@libp2p/interface'
import {
  type ICryptoInterface, type NoiseComponents, type NoiseExtensions, noise
} from '@libp2p/noise'
import { defaultCrypto } from '@libp2p/noise/crypto'
import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject } from 'node:crypto'
import { Socket } from 'node:net'
import { Uint8ArrayList } from 'uint8arraylist'
import { CiphertextReader } from './ciphertext-reader.ts'
import { giveBack, lend } from './spent-memory.ts'

const CIPHER = 'chacha20-poly1305'
const TAG_BYTES = 16
const MAX_MESSAGE_BYTES = 0xffff
/** Smaller ones are lengths and tags. */
const LARGE_BYTES = 16 * 1024

/** Of all connections: what is in it is encrypted or decrypted before the call returns. */
const joining = new Uint8Array(MAX_MESSAGE_BYTES)

/** @example createLibp2p({ connectionEncrypters: [secureChannel()], … }) */
export const secureChannel = () =>
  (components: NoiseComponents): ConnectionEncrypter<NoiseExtensions> => {
    const encrypter = noise({ crypto: noiseCrypto })(components)
    const { secureInbound, secureOutbound } = encrypter
    encrypter.secureInbound = async (connection, options) => {
      writeOnceATurn(connection)
      const secured = await secureInbound.call(encrypter, connection, options)
      // Of two that dialled each other one answers; the muxer's stream numbers go by this.
      secured.connection.direction = 'inbound'
      return readWhole(connection, secured)
    }
    encrypter.secureOutbound = async (connection, options) => {
      writeOnceATurn(connection)
      return readWhole(connection, await secureOutbound.call(encrypter, connection, options))
    }
    return encrypter
  }

/** By the array in which a session keeps its key. */
const keys = new WeakMap<Uint8Array, KeyObject>()

export const noiseCrypto: ICryptoInterface = {
  ...defaultCrypto,

  chaCha20Poly1305Encrypt (plaintext, nonce, ad, key) {
    const cipher = createCipheriv(CIPHER, keyOf(key), nonce, { authTagLength: TAG_BYTES })
    if (ad.byteLength > 0) cipher.setAAD(ad, { plaintextLength: plaintext.byteLength })
    const output = new Uint8ArrayList(lend(cipher.update(inOnePiece(plaintext))))
    cipher.final()
    output.append(cipher.getAuthTag())
    return output
  },

  /** Throws for what was not encrypted with the key, or was changed since. */
  chaCha20Poly1305Decrypt (ciphertext, nonce, ad, key) {
    const textBytes = ciphertext.byteLength - TAG_BYTES
    const decipher = createDecipheriv(CIPHER, keyOf(key), nonce, { authTagLength: TAG_BYTES })
    if (ad.byteLength > 0) decipher.setAAD(ad, { plaintextLength: textBytes })
    const whole = inOnePiece(ciphertext)
    decipher.setAuthTag(whole.subarray(textBytes))
    const { buffer, byteOffset, byteLength } = decipher.update(whole.subarray(0, textBytes))
    decipher.final()
    // No Buffer, whose slice() copies nothing.
    return lend(new Uint8Array(buffer, byteOffset, byteLength))
  }
}

/** Of a connection over TCP; one over anything else is left as it is. */
export function writeOnceATurn (connection: object): void {
  const socket = socketOf(connection)
  if (socket == null) return
  const write = socket.write.bind(socket) as (bytes: Uint8Array, done?: () => void) => boolean
  let isCorked = false
  const uncork = (): void => {
    isCorked = false
    socket.uncork()
  }
  socket.write = (bytes: Uint8Array): boolean => {
    if (!isCorked) {
      isCorked = true
      socket.cork()
      process.nextTick(uncork)
    }
    return bytes.byteLength < LARGE_BYTES ? write(bytes) : write(bytes, () => { giveBack(bytes) })
  }
}

/**
 * Has a connection over TCP decrypt its messages in one piece. Before its next read, and where
 * nothing is half read yet: the reader that is there would have it.
 */
function readWhole<T extends { connection: object }> (raw: object, secured: T): T {
  const { connection } = secured as { connection: { decoder?: Partial<LengthDecoder> } }
  if (socketOf(raw) != null && connection.decoder?.buffer?.byteLength === 0) {
    connection.decoder = new CiphertextReader()
  }
  return secured
}

/** What libp2p's own connection keeps, as far as it is of interest. */
interface LengthDecoder extends Pick<CiphertextReader, 'decode'> {
  buffer: Uint8ArrayList
}

function socketOf (connection: object): Socket | undefined {
  const { socket } = connection as { socket?: unknown }
  return socket instanceof Socket ? socket : undefined
}

function keyOf (bytes: Uint8Array): KeyObject {
  const known = keys.get(bytes)
  if (known != null) return known
  const key = createSecretKey(bytes)
  keys.set(bytes, key)
  return key
}

/** Copied where it is in several: that costs less than a call, and a buffer, for each of them. */
function inOnePiece (bytes: Uint8Array | Uint8ArrayList): Uint8Array {
  if (bytes instanceof Uint8Array) return bytes
  if (bytes.byteLength > joining.byteLength) return bytes.subarray()
  let at = 0
  for (const part of bytes) {
    joining.set(part, at)
    at += part.byteLength
  }
  return joining.subarray(0, at)
}
