/**
 * The units people write. in: text such as `10GB`, `30s`, `100MB/s`, `128k`, `5%`. out: a number
 * in the base unit (bytes, milliseconds, bytes per second, bits per second, a share of 1), or an
 * error that shows what is allowed.
 *
 * Decimal prefixes are powers of 1,000 (`MB`), binary ones of 1,024 (`MiB`). Only zero may stand
 * without a unit.
 */

import { InvalidArgumentError } from './errors.ts'

const POWERS: Record<string, number> = { '': 0, k: 1, m: 2, g: 3, t: 4 }
const SECOND_MS = 1000
const DURATIONS_MS: Record<string, number> = {
  ms: 1, s: SECOND_MS, m: 60 * SECOND_MS, h: 3600 * SECOND_MS, d: 24 * 3600 * SECOND_MS
}
const BITS_PER_BYTE = 8

const SIZE_EXPECTED = 'a size: write a number with B, kB, MB, GB, TB or KiB, MiB, GiB, TiB, as 10GB'
const RATE_EXPECTED = 'a rate: write bytes as 100MB/s or 64KiB/s, bits as 8Mbit/s, or unlimited'

const NUMBER = String.raw`(\d+(?:\.\d+)?)\s*`
const BYTES = new RegExp(`^${NUMBER}([kmgt]?)(i?)b$`, 'i')
const RATE = new RegExp(`^${NUMBER}([kmgtKMGT]?)(i?)(B/s|bit/s|bps)$`)
const BITRATE = new RegExp(`^${NUMBER}([kmg])(?:bit/s|bps)?$`, 'i')
const DURATION = new RegExp(`^${NUMBER}(ms|s|m|h|d)$`)
const SHARE = new RegExp(`^${NUMBER}%$`)

/**
 * A size in bytes: `10GB`, `64 MiB`, `512B`, `0`.
 *
 * @throws InvalidArgumentError
 */
export function parseBytes (text: string): number {
  const [, number, prefix, binary] = BYTES.exec(text.trim()) ?? []
  if (isZero(text)) return 0
  return whole(scale(number, prefix, binary), text, SIZE_EXPECTED)
}

/**
 * A rate in bytes per second: `100MB/s`, `8Mbit/s`; `0` and `unlimited` are 0: no limit.
 *
 * @throws InvalidArgumentError
 */
export function parseRate (text: string): number {
  const [, number, prefix, binary, unit] = RATE.exec(text.trim()) ?? []
  if (isZero(text) || text.trim() === 'unlimited') return 0
  const rate = scale(number, prefix, binary)
  return whole(unit === 'B/s' ? rate : rate / BITS_PER_BYTE, text, RATE_EXPECTED)
}

/**
 * A media bit rate in bits per second: `128k`, `1.5M`, `64kbit/s`.
 *
 * @throws InvalidArgumentError
 */
export function parseBitrate (text: string): number {
  const [, number, prefix] = BITRATE.exec(text.trim()) ?? []
  return whole(scale(number, prefix), text, 'a bit rate: write 64k, 128k or 2.5M', 1)
}

/**
 * A time span in milliseconds: `250ms`, `30s`, `10m`, `2h`, `7d`, `0`.
 *
 * @throws InvalidArgumentError
 */
export function parseDurationMs (text: string): number {
  const [, number, unit] = DURATION.exec(text.trim()) ?? []
  if (isZero(text)) return 0
  return whole(Number(number) * (DURATIONS_MS[unit ?? ''] ?? Number.NaN), text,
    'a time span: write a number with ms, s, m, h or d, such as 30s or 10m')
}

/**
 * A share of a whole, 0 … 1: `5%`, `0.05`.
 *
 * @throws InvalidArgumentError
 */
export function parseShare (text: string): number {
  const percent = SHARE.exec(text.trim())?.[1]
  const share = percent === undefined ? decimal(text) : Number(percent) / 100
  if (share >= 0 && share <= 1) return share
  throw refused(text, 'a share: write 0% … 100%, or 0 … 1')
}

/** Bytes as people read them, to three digits: `1.23 GB`. */
export function formatBytes (bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  let power = 0
  let value = bytes
  while (Number(value.toPrecision(3)) >= 1000 && power < units.length - 1) {
    value /= 1000
    power++
  }
  return `${Number(value.toPrecision(3))} ${units[power]}`
}

/** A time span as people read it: `250 ms`, `2.5 s`, `3:05`, `1:02:03`. */
export function formatDuration (ms: number): string {
  if (ms < SECOND_MS) return `${Math.round(ms)} ms`
  if (ms < 60 * SECOND_MS) return `${Math.min(59.9, Math.round(ms / 100) / 10)} s`
  const seconds = Math.round(ms / SECOND_MS)
  const hours = Math.floor(seconds / 3600)
  const parts = [Math.floor(seconds / 60) % 60, seconds % 60]
    .map(part => String(part).padStart(2, '0'))
  return hours > 0 ? `${hours}:${parts.join(':')}` : parts.join(':').replace(/^0/, '')
}

function scale (number: string | undefined, prefix = '', binary = ''): number {
  const base = binary === '' ? 1000 : 1024
  return Number(number) * base ** (POWERS[prefix.toLowerCase()] ?? Number.NaN)
}

function decimal (text: string): number {
  return /^\d*\.?\d+$/.test(text.trim()) ? Number(text) : Number.NaN
}

function isZero (text: string): boolean {
  return text.trim() === '0'
}

/** The nearest whole number, when there is one that is safe to count with. */
function whole (value: number, text: string, expected: string, least = 0): number {
  const rounded = Math.round(value)
  if (Number.isSafeInteger(rounded) && rounded >= least) return rounded
  throw refused(text, expected)
}

function refused (text: string, expected: string): InvalidArgumentError {
  return new InvalidArgumentError(`"${text.slice(0, 80)}" is not ${expected}`)
}
