/**
 * A key in a file: who a node, or a publisher, is. For Node only.
 * in: a path. out: the Ed25519 key kept there, made on first use.
 *
 * The file is libp2p's protobuf form of the private key, mode 0600.
 */

import { randomUUID } from 'node:crypto'
import { link, mkdir, open, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { generateKeyPair, privateKeyFromProtobuf, privateKeyToProtobuf } from '@libp2p/crypto/keys'
import type { Ed25519PrivateKey } from '@libp2p/interface'
import { KeyFileError } from './errors.ts'

/** An Ed25519 key in protobuf is 68 bytes; nothing larger is read into memory. */
const MAX_KEY_FILE_BYTES = 1024
const OTHERS = 0o077

/**
 * The key at `path`, or a new one written there.
 *
 * @throws KeyFileError when the file is damaged, no Ed25519 key, or readable by other users
 */
export async function loadOrCreateKey (path: string): Promise<Ed25519PrivateKey> {
  return await loadKey(path) ?? await createKey(path)
}

async function loadKey (path: string): Promise<Ed25519PrivateKey | undefined> {
  const bytes = await readPrivately(path)
  if (bytes == null) {
    return undefined
  }
  let key: ReturnType<typeof privateKeyFromProtobuf>
  try {
    key = privateKeyFromProtobuf(bytes)
  } catch (cause) {
    const remedy = 'restore it from a backup, or move it away to start with a new identity'
    throw new KeyFileError(path, `is damaged: ${remedy}`, { cause })
  }
  if (key.type !== 'Ed25519') {
    throw new KeyFileError(path, `holds an ${key.type} key: only Ed25519 is used here`)
  }
  return key
}

/**
 * A key that others could read may be in use elsewhere: refusing tells the owner, a silent chmod
 * would not.
 */
async function readPrivately (path: string): Promise<Uint8Array | undefined> {
  let file: Awaited<ReturnType<typeof open>>
  try {
    file = await open(path, 'r')
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') {
      return undefined
    }
    throw new KeyFileError(path, 'cannot be read: check its owner and permissions', { cause })
  }
  try {
    const { mode, size } = await file.stat()
    if (process.platform !== 'win32' && (mode & OTHERS) !== 0) {
      throw new KeyFileError(path, `can be read by other users: run \`chmod 600 ${path}\``)
    }
    if (size > MAX_KEY_FILE_BYTES) {
      throw new KeyFileError(path, `has ${size} bytes, which no key has: is the path right?`)
    }
    return await file.readFile()
  } finally {
    await file.close()
  }
}

/**
 * Written aside and linked into place: a crash leaves no half a key, and of two processes one key
 * wins.
 */
async function createKey (path: string): Promise<Ed25519PrivateKey> {
  const key = await generateKeyPair('Ed25519')
  const aside = `${path}.${randomUUID()}`
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 })
    const file = await open(aside, 'wx', 0o600)
    try {
      await file.writeFile(privateKeyToProtobuf(key))
      await file.sync()
    } finally {
      await file.close()
    }
    await link(aside, path)
    return key
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    const winner = code === 'EEXIST' ? await loadKey(path) : undefined
    if (winner == null) {
      const reason = 'cannot be written: check that its folder is writable'
      throw new KeyFileError(path, reason, { cause })
    }
    return winner
  } finally {
    await rm(aside, { force: true })
  }
}
