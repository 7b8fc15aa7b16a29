/**
 * What one setting may be. in: a value as it stands in a file, an environment variable or a flag.
 * out: the value the program uses, or an InvalidArgumentError that shows what is allowed.
 */

import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { multiaddr } from '@multiformats/multiaddr'
import { base64 } from 'multiformats/bases/base64'
import { base16 } from 'multiformats/bases/base16'
import { InvalidArgumentError } from '../protocols/errors.ts'
import { MAX_URL_LENGTH } from '../protocols/limits.ts'
import { parseBytes } from '../protocols/units.ts'

/** Reads one written value. A list is an array in a file, text with commas elsewhere. */
export type Read<T> = (value: unknown) => T

const MAX_LIST = 64
const MAX_QUOTA_SEGMENTS = 1_000_000
const MAX_WEIGHT = 100
const MAX_SECRET_LENGTH = 512

export const optional = <T>(read: Read<T>): Read<T | undefined> => value =>
  value === undefined || value === null || value === '' ? undefined : read(value)

/** Text as written; a file's numbers and booleans count as text. */
export const text: Read<string> = value => {
  if (['string', 'number', 'boolean'].includes(typeof value)) return String(value)
  throw refused(value, 'a single value')
}

export const unit = <T>(parse: (text: string) => T): Read<T> => value => parse(text(value))

/** A name that stands in protocol IDs, topics and URLs. */
export const name = (maxLength: number): Read<string> => value => {
  const written = text(value)
  if (written.length <= maxLength && /^[\p{L}\p{N}._-]+$/u.test(written)) return written
  throw refused(value, `a name: letters, digits, ".", "_" and "-", at most ${maxLength}`)
}

export const oneOf = <const T extends string>(...allowed: T[]): Read<T> => value => {
  const found = allowed.find(choice => choice === value)
  if (found !== undefined) return found
  throw refused(value, `allowed: choose ${allowed.join(', ')}`)
}

export const isOn: Read<boolean> = value => {
  const written = text(value).toLowerCase()
  if (['true', 'on', 'yes'].includes(written)) return true
  if (['false', 'off', 'no'].includes(written)) return false
  throw refused(value, 'a switch: write on or off')
}

export const integer = (min: number, max: number): Read<number> => value => {
  const written = text(value)
  const number = /^\d+$/.test(written) ? Number(written) : Number.NaN
  if (number >= min && number <= max) return number
  throw refused(value, `a whole number from ${min} to ${max}`)
}

/** Part of a sum, relative to the other parts. */
export const weight: Read<number> = value => {
  const written = text(value)
  const number = /^\d+(\.\d+)?$/.test(written) ? Number(written) : Number.NaN
  if (number <= MAX_WEIGHT) return number
  throw refused(value, `a number from 0 to ${MAX_WEIGHT}`)
}

/** A quantity with a unit, kept inside bounds. `low` and `high` are written with that unit too. */
export const between = (parse: (text: string) => number, low: string, high: string): Read<number> =>
  value => {
    const number = parse(text(value))
    if (number >= parse(low) && number <= parse(high)) return number
    throw refused(value, `within ${low} … ${high}`)
  }

/** What a store may hold: so many bytes, so many segments, or the larger of both. */
export interface Quota { bytes: number, segments: number }

export const quota: Read<Quota> = value => {
  const found: Quota = { bytes: 0, segments: 0 }
  for (const part of text(value).split(/\s+or\s+/)) {
    const count = /^(\d+)\s*segments?$/.exec(part.trim())?.[1]
    if (count != null) found.segments = Number(count)
    else found.bytes = storeSize(part)
  }
  if (found.segments <= MAX_QUOTA_SEGMENTS && found.bytes + found.segments > 0) return found
  throw refused(value, `within 1 … ${MAX_QUOTA_SEGMENTS} segments`)
}

const storeSize = between(parseBytes, '1MiB', '1000TB')

export const listOf = <T>(read: Read<T>): Read<T[]> => value => {
  const items: unknown[] = Array.isArray(value)
    ? value.flatMap(item => typeof item === 'string' ? item.split(',') : [item])
    : text(value).split(/[,\s]+/)
  const written = items.filter(item => item !== '')
  if (written.length > MAX_LIST) throw refused(written.length, `at most ${MAX_LIST} entries`)
  return written.map(item => read(typeof item === 'string' ? item.trim() : item))
}

/** An absolute path; `~` is the home folder. */
export const path: Read<string> = value => {
  const written = text(value)
  if (written === '' || written.includes('\0')) throw refused(value, 'a path')
  return /^~(\/|$)/.test(written) ? join(homedir(), written.slice(1)) : resolve(written)
}

export const address: Read<string> = value => {
  try {
    const parsed = multiaddr(text(value))
    if (parsed.getComponents().length > 0) return parsed.toString()
  } catch { /* the message below says more than the parser's */ }
  throw refused(value, 'a multiaddr, such as /ip4/0.0.0.0/tcp/4001')
}

export const peerAddress: Read<string> = value => {
  const written = address(value)
  if (/\/p2p\/[^/]+$/.test(written)) return written
  throw refused(value, 'a multiaddr with its peer ID, such as /ip4/10.0.0.1/tcp/4001/p2p/12D3…')
}

/** An http or https base URL, given back without a trailing slash. */
export const url: Read<string> = value => {
  const written = text(value)
  const parsed = URL.canParse(written) ? new URL(written) : undefined
  const isHttp = parsed !== undefined && /^https?:$/.test(parsed.protocol)
  const isPlain = [parsed?.origin, `${parsed?.origin}/`].includes(parsed?.href)
  if (isHttp && isPlain && written.length <= MAX_URL_LENGTH) return parsed.origin
  throw refused(value, 'a URL without a path, such as http://edge.example:8481')
}

/** `redis://` or, for TLS, `rediss://`, or `@file` that holds it: it may have a password in it. */
export const redisUrl: Read<string> = value => {
  const written = text(value)
  const found = written.startsWith('@') ? contentOf(written.slice(1)) : written
  const parsed = URL.canParse(found) ? new URL(found) : undefined
  const isRedis = parsed?.hostname !== '' && /^rediss?:$/.test(parsed?.protocol ?? '')
  if (isRedis && found.length <= MAX_URL_LENGTH) return found
  // Not shown: it may hold a password.
  throw new InvalidArgumentError(
    'not a URL such as redis://user:password@10.0.0.1:6379, or @ and the file that holds it')
}

/** `stun:host:port`, or `turn:host:port?transport=udp`; with an s, over TLS. */
export const iceUrl = (scheme: 'stun' | 'turn'): Read<string> => {
  const pattern = new RegExp(`^${scheme}s?:[a-zA-Z0-9.\\-\\[\\]:]+(\\?transport=(udp|tcp))?$`)
  return value => {
    const written = text(value)
    if (pattern.test(written) && written.length <= MAX_URL_LENGTH) return written
    const example = `${scheme}:${scheme}.example:3478`
    throw refused(value, `a ${scheme.toUpperCase()} server, such as ${example}`)
  }
}

/** A password, or `@file` that holds it. */
export const secret: Read<string> = value => {
  const written = text(value)
  const found = written.startsWith('@') ? contentOf(written.slice(1)) : written
  if (found !== '' && found.length <= MAX_SECRET_LENGTH) return found
  // Not shown: it may be one, and too long.
  throw new InvalidArgumentError(`not a secret of at most ${MAX_SECRET_LENGTH} characters`)
}

/** Where to listen: an IP address or host name. */
export const host: Read<string> = value => {
  const written = text(value)
  if (/^[a-zA-Z0-9.:-]{1,253}$/.test(written)) return written
  throw refused(value, 'a host to listen on, such as 127.0.0.1, 0.0.0.0 or ::1')
}

/** A host only this machine reaches. */
export const loopback: Read<string> = value => {
  const written = host(value)
  if (/^(localhost|::1|127(\.\d{1,3}){3})$/.test(written)) return written
  throw refused(value, 'on this machine: write 127.0.0.1, another 127.x.x.x, ::1 or localhost')
}

/** So many bytes in hex or base64, or `@file` that holds them so. */
export const bytes = (length: number): Read<Uint8Array> => value => {
  const written = text(value)
  const encoded = written.startsWith('@') ? contentOf(written.slice(1)) : written
  const decoded = encoded.length === length * 2 ? fromHex(encoded) : fromBase64(encoded)
  if (decoded?.byteLength === length) return decoded
  throw refused(value, `${length} bytes in hex or base64, or @ and the file that holds them`)
}

/** The value as an error message shows it. */
export function shown (value: unknown): string {
  return (JSON.stringify(value) ?? String(value)).slice(0, 120)
}

function refused (value: unknown, expected: string): InvalidArgumentError {
  return new InvalidArgumentError(`${shown(value)} is not ${expected}`)
}

function contentOf (file: string): string {
  try {
    return readFileSync(path(file), 'utf8').trim()
  } catch (cause) {
    throw new InvalidArgumentError(`cannot read "${file}": ${(cause as Error).message}`, { cause })
  }
}

function fromHex (written: string): Uint8Array | undefined {
  return /^[0-9a-f]+$/i.test(written) ? base16.baseDecode(written.toLowerCase()) : undefined
}

function fromBase64 (written: string): Uint8Array | undefined {
  const digits = written.replace(/=+$/, '')
  return /^[0-9a-z+/]+$/i.test(digits) ? base64.baseDecode(digits) : undefined
}
