/**
 * The settings of a publication. in: what was asked for. out: every setting, checked.
 */

import { basename, extname } from 'node:path'
import { InvalidArgumentError } from '../protocols/errors.ts'
import { DEFAULT_BLOCK_BYTES, MAX_BLOCK_BYTES, MAX_TITLE_LENGTH } from '../protocols/limits.ts'
import type { IngestRequest, PublishSettings } from './types.ts'

export const DEFAULT_BITRATES: readonly number[] = [128_000]
export const DEFAULT_SEGMENT_MS = 10_000
/** What "a ladder" means to those who name no heights. */
export const DEFAULT_LADDER: readonly number[] = [360, 720, 1080]

const MIN_SEGMENT_MS = 2_000
const MAX_SEGMENT_MS = 10_000
const MIN_BITRATE = 16_000
const MAX_BITRATE = 512_000
const MIN_HEIGHT = 64
const MAX_HEIGHT = 2160
const MAX_CHOICES = 8
const MIN_BLOCK_BYTES = 16 * 1024
const NOT_PRINTABLE = /[\p{Cc}\p{Cs}\u2028\u2029]/gu

/** @throws InvalidArgumentError naming the setting and what is allowed */
export function completeSettings (request: IngestRequest): PublishSettings {
  const { bitrates = [...DEFAULT_BITRATES], segmentMs = DEFAULT_SEGMENT_MS, ladder = [] } = request
  const { blockBytes = DEFAULT_BLOCK_BYTES } = request
  require(
    bitrates.length > 0 && isChoice(bitrates, MIN_BITRATE, MAX_BITRATE, 1000),
    `bitrates ${bitrates}: give 1 to ${MAX_CHOICES} different ones of 16k to 512k, such as 64k,128k`
  )
  require(
    isWithin(segmentMs, MIN_SEGMENT_MS, MAX_SEGMENT_MS),
    `segment of ${segmentMs} ms: give 2s to 10s`
  )
  require(
    isChoice(ladder, MIN_HEIGHT, MAX_HEIGHT, 2),
    `ladder ${ladder}: give up to ${MAX_CHOICES} different even heights of ${MIN_HEIGHT} to ` +
      `${MAX_HEIGHT}, such as 360,720`
  )
  require(
    isWithin(blockBytes, MIN_BLOCK_BYTES, MAX_BLOCK_BYTES),
    `blocks of ${blockBytes} bytes: give 16KiB to 1MiB`
  )
  return { bitrates, segmentMs, ladder, blockBytes }
}

/** The title asked for, else the file's name without its extension. @throws InvalidArgumentError */
export function completeTitle ({ title, path }: IngestRequest): string {
  if (title == null) {
    const name = basename(path, extname(path)).replace(NOT_PRINTABLE, ' ').trim()
    return name.slice(0, MAX_TITLE_LENGTH).toWellFormed() || 'untitled'
  }
  require(
    title.trim() !== '' && title.length <= MAX_TITLE_LENGTH && title.search(NOT_PRINTABLE) === -1,
    `the title: give 1 to ${MAX_TITLE_LENGTH} printable characters`
  )
  return title
}

function isChoice (values: number[], min: number, max: number, step: number): boolean {
  return values.length <= MAX_CHOICES && new Set(values).size === values.length &&
    values.every(value => isWithin(value, min, max) && value % step === 0)
}

function isWithin (value: number, min: number, max: number): boolean {
  return Number.isInteger(value) && value >= min && value <= max
}

function require (isMet: boolean, message: string): void {
  if (!isMet) throw new InvalidArgumentError(message)
}
