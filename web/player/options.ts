/**
 * What a site may set of the player.
 * in: whatever the page gave. out: settings in base units, or an error that names the option, what
 * was wrong with it and what to write instead.
 */

import { InvalidArgumentError } from '../../protocols/errors.ts'
import { parseBytes, parseDurationMs, parseRate } from '../../protocols/units.ts'

/** Milliseconds, or text such as `4s`. */
export type Duration = number | string
/** Bytes, or text such as `256MB`. */
export type Size = number | string
/** Bytes per second, or text such as `2MB/s`; 0 is none at all, `unlimited` no limit. */
export type Rate = number | string

export interface TurnServer { urls: string | string[], username?: string, credential?: string }

export interface PlayerOptions {
  /** False: HTTP only, as if the package were not there. */
  enabled?: boolean
  /** Bootstraps, where pages meet: `https://host:port` of their HTTP. None: nobody is met. */
  trackerUrls?: string[]
  /** Gateways of edges and origins besides the one that the title's URL names. */
  servers?: string[]
  /** Connections to others. Higher: more sources; lower: less memory. */
  maxPeers?: number
  /** For a whole segment, from whomever. */
  segmentTimeout?: Duration
  /** So long peers have before a server is asked too. Higher: fewer bytes from servers. */
  cdnFallbackDelay?: Duration
  /** What is sent to others at most. */
  uploadLimit?: Rate
  /** What is kept in the browser for the next visit and for others. */
  quota?: Size
  /** Besides those the bootstraps name. */
  stunServers?: string[]
  turnServers?: TurnServer[]
  /** Others see the address of a TURN server, never this page's. */
  relayOnly?: boolean
  /** Others are met only while the title has so many viewers. */
  minViewers?: number
  /** Segments played before others are met: who only looks in is not told of anybody. */
  joinAfterSegments?: number
  /** Where the viewer is, as nodes name their regions. */
  region?: string
  /** Asked once, before others are met. False, or a failure: playback from servers goes on. */
  consent?: () => boolean | Promise<boolean>
  /** Whether a title is shared, by its content ID; false: it is played from servers alone. */
  isShared?: (content: string) => boolean
}

export interface PlayerSettings {
  isEnabled: boolean
  trackerUrls: string[]
  servers: string[]
  maxPeers?: number
  segmentTimeoutMs?: number
  fallbackDelayMs?: number
  /** 0: nothing; undefined: no limit. */
  uploadBytesPerSecond?: number
  quotaBytes?: number
  stunServers: string[]
  turnServers: TurnServer[]
  isRelayOnly: boolean
  minViewers: number
  joinAfterSegments: number
  region?: string
  consent: () => boolean | Promise<boolean>
  isShared: (content: string) => boolean
}

export const DEFAULT_JOIN_AFTER_SEGMENTS = 1
export const MAX_PEERS = 64

const MAX_SHOWN = 60
const MAX_URLS = 16
const MAX_VIEWERS = 1_000_000
const MAX_JOIN_SEGMENTS = 1_000
const TIMEOUT_MS = { least: 1_000, most: 60_000 }
const FALLBACK_MS = { least: 0, most: 30_000 }
const MIN_QUOTA = 1_000_000
const REGION = /^[\w.-]{1,32}$/

type Reader<T> = (value: unknown) => T

/** @throws InvalidArgumentError */
export function readOptions (given: PlayerOptions = {}): PlayerSettings {
  if (given === null || typeof given !== 'object') {
    throw new InvalidArgumentError('options: give an object, such as {trackerUrls: ["https://…"]}')
  }
  const options = new Options(given)
  const settings = {
    isEnabled: options.read('enabled', boolean) ?? true,
    trackerUrls: options.read('trackerUrls', listOf(httpUrl)) ?? [],
    servers: options.read('servers', listOf(httpUrl)) ?? [],
    maxPeers: options.read('maxPeers', whole(1, MAX_PEERS)),
    segmentTimeoutMs: options.read('segmentTimeout', duration(TIMEOUT_MS)),
    fallbackDelayMs: options.read('cdnFallbackDelay', duration(FALLBACK_MS)),
    uploadBytesPerSecond: options.read('uploadLimit', rate),
    quotaBytes: options.read('quota', size),
    stunServers: options.read('stunServers', listOf(iceUrl(/^stuns?:[^\s]+$/))) ?? [],
    turnServers: options.read('turnServers', listOf(turnServer)) ?? [],
    isRelayOnly: options.read('relayOnly', boolean) ?? false,
    minViewers: options.read('minViewers', whole(0, MAX_VIEWERS)) ?? 0,
    joinAfterSegments: options.read('joinAfterSegments', whole(0, MAX_JOIN_SEGMENTS)) ??
      DEFAULT_JOIN_AFTER_SEGMENTS,
    region: options.read('region', region),
    consent: options.read('consent', callable<PlayerSettings['consent']>) ?? (() => true),
    isShared: options.read('isShared', callable<PlayerSettings['isShared']>) ?? (() => true)
  }
  options.assertNothingElse()
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined)) as
    unknown as PlayerSettings
}

class Options {
  readonly #given: Record<string, unknown>
  readonly #known = new Set<string>()

  constructor (given: object) {
    this.#given = given as Record<string, unknown>
  }

  read<T> (name: keyof PlayerOptions, reader: Reader<T>): T | undefined {
    this.#known.add(name)
    const value = this.#given[name]
    if (value === undefined) return undefined
    try {
      return reader(value)
    } catch (cause) {
      throw new InvalidArgumentError(`${name}: ${(cause as Error).message}`, { cause })
    }
  }

  assertNothingElse (): void {
    const unknown = Object.keys(this.#given).filter(name => !this.#known.has(name))
    if (unknown.length === 0) return
    throw new InvalidArgumentError(
      `${unknown[0]}: there is no such option: there are ${[...this.#known].join(', ')}`)
  }
}

function refuse (value: unknown, expected: string): never {
  throw new InvalidArgumentError(`${shown(value)} is not ${expected}`)
}

function shown (value: unknown): string {
  if (typeof value === 'string') return `"${value.slice(0, MAX_SHOWN)}"`
  try {
    return String(value).slice(0, MAX_SHOWN)
  } catch {
    return 'an object' // One that is no text.
  }
}

const boolean: Reader<boolean> = value =>
  typeof value === 'boolean' ? value : refuse(value, 'true or false')

function callable<T> (value: unknown): T {
  return typeof value === 'function' ? value as T : refuse(value, 'a function')
}

const whole = (least: number, most: number): Reader<number> => value =>
  Number.isInteger(value) && Number(value) >= least && Number(value) <= most
    ? Number(value)
    : refuse(value, `a whole number: write ${least} … ${most}`)

const duration = ({ least, most }: typeof TIMEOUT_MS): Reader<number> => value => {
  const ms = typeof value === 'string' ? parseDurationMs(value) : value
  return typeof ms === 'number' && ms >= least && ms <= most
    ? ms
    : refuse(value, `a time span: write ${least} … ${most} in milliseconds, or text such as "4s"`)
}

const rate: Reader<number | undefined> = value => {
  if (value === 'unlimited') return undefined
  const bytes = typeof value === 'string' ? parseRate(value) : value
  return typeof bytes === 'number' && bytes >= 0 && bytes < Infinity
    ? bytes
    : refuse(value, 'a rate: write bytes per second, or text such as "2MB/s" or "unlimited"')
}

const size: Reader<number> = value => {
  const bytes = typeof value === 'string' ? parseBytes(value) : value
  return typeof bytes === 'number' && bytes >= MIN_QUOTA && bytes < Infinity
    ? bytes
    : refuse(value, 'a size: write bytes, a million at least, or text such as "256MB"')
}

const region: Reader<string> = value =>
  typeof value === 'string' && REGION.test(value)
    ? value
    : refuse(value, 'a region: write letters, digits, ".", "-" or "_", 32 at most')

const httpUrl: Reader<string> = value => {
  const text = typeof value === 'string' ? value : ''
  try {
    const { protocol, origin } = new URL(text, globalThis.location?.href)
    if (/^https?:$/.test(protocol)) return origin
  } catch {
    // Refused as anything else that is no URL.
  }
  return refuse(value, 'a URL: write http://… or https://…')
}

const iceUrl = (pattern: RegExp): Reader<string> => value =>
  typeof value === 'string' && pattern.test(value)
    ? value
    : refuse(value, 'the URL of a STUN or TURN server: write stun:host:port or turn:host:port')

const turnServer: Reader<TurnServer> = value => {
  const { urls, username, credential } = (value ?? {}) as TurnServer
  const read = iceUrl(/^turns?:[^\s]+$/)
  const isText = (part: unknown): boolean => part === undefined || typeof part === 'string'
  if (!isText(username) || !isText(credential)) {
    refuse(value, 'a TURN server: write {urls, username, credential}, each as text')
  }
  return {
    urls: Array.isArray(urls) ? urls.map(read) : read(urls),
    ...(username !== undefined && { username }),
    ...(credential !== undefined && { credential })
  }
}

const listOf = <T>(reader: Reader<T>): Reader<T[]> => value =>
  Array.isArray(value) && value.length <= MAX_URLS
    ? value.map(reader)
    : refuse(value, `a list: write […], with ${MAX_URLS} entries at most`)
