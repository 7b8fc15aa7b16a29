/**
 * Noise as every libp2p speaks it, with less work a byte than at its defaults. For Node only.
 * in: a libp2p node's parts. out: its connection encrypter.
 *
 * A session's key is made ready for OpenSSL once, not for every message. And what one turn of the
 * event loop writes to a TCP socket (lengths, ciphertexts, tags) goes out in one system call, not
 * in one for each: those calls, and the tiny segments they make, cost more than the encryption.
 */

import type { ConnectionEncrypter } from '@libp2p/interface'
import {
  type ICryptoInterface, type NoiseComponents, type NoiseExtensions, noise
} from '@libp2p/noise'
import { defaultCrypto } from '@libp2p/noise/crypto'
import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject } from 'node:crypto'
import { Socket } from 'node:net'
import { Uint8ArrayList } from 'uint8arraylist'

const CIPHER = 'chacha20-poly1305'
const TAG_BYTES = 16

/** @example createLibp2p({ connectionEncrypters: [secureChannel()], … }) */
export const secureChannel = () =>
  (components: NoiseComponents): ConnectionEncrypter<NoiseExtensions> => {
    const encrypter = noise({ crypto: noiseCrypto })(components)
    const { secureInbound, secureOutbound } = encrypter
    encrypter.secureInbound = (connection, options) => {
      writeOnceATurn(connection)
      return secureInbound.call(encrypter, connection, options)
    }
    encrypter.secureOutbound = (connection, options) => {
      writeOnceATurn(connection)
      return secureOutbound.call(encrypter, connection, options)
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
    const output = new Uint8ArrayList()
    for (const part of partsOf(plaintext)) output.append(cipher.update(part))
    cipher.final()
    output.append(cipher.getAuthTag())
    return output
  },

  /** Throws for what was not encrypted with the key, or was changed since. */
  chaCha20Poly1305Decrypt (ciphertext, nonce, ad, key) {
    const textBytes = ciphertext.byteLength - TAG_BYTES
    const decipher = createDecipheriv(CIPHER, keyOf(key), nonce, { authTagLength: TAG_BYTES })
    if (ad.byteLength > 0) decipher.setAAD(ad, { plaintextLength: textBytes })
    decipher.setAuthTag(ciphertext.subarray(textBytes))
    const text = ciphertext instanceof Uint8Array
      ? ciphertext.subarray(0, textBytes)
      : ciphertext.sublist(0, textBytes)
    const output = new Uint8ArrayList()
    for (const part of partsOf(text)) output.append(decipher.update(part))
    decipher.final()
    return output
  }
}

/** Of a connection over TCP; one over anything else is left as it is. */
export function writeOnceATurn (connection: object): void {
  const { socket } = connection as { socket?: unknown }
  if (!(socket instanceof Socket)) return
  const write = socket.write.bind(socket) as (bytes: Uint8Array) => boolean
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
    return write(bytes)
  }
}

function keyOf (bytes: Uint8Array): KeyObject {
  const known = keys.get(bytes)
  if (known != null) return known
  const key = createSecretKey(bytes)
  keys.set(bytes, key)
  return key
}

function partsOf (bytes: Uint8Array | Uint8ArrayList): Iterable<Uint8Array> {
  return bytes instanceof Uint8Array ? [bytes] : bytes
}
