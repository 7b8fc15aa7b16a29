/**
 * One log for our code and libp2p's. in: `log('dialled %p', peer)`, as libp2p calls it.
 * out: lines on stderr, for people or as JSON, at the level set.
 *
 * Ours (`cdnd:…`) says what changes at `info`, what fails at `error`, each block at `trace`.
 * libp2p's say so much, every failed dial an error, that all but their traces count as `debug`.
 */

import { inspect } from 'node:util'
import { base32 } from 'multiformats/bases/base32'
import { base58btc } from 'multiformats/bases/base58'
import { base64 } from 'multiformats/bases/base64'
import { pino } from 'pino'
import type { ComponentLogger, Logger } from '@libp2p/interface'
import type { Config } from './config-schema.ts'

export type LogLevel = Config['log']['level']
type LineLevel = 'error' | 'info' | 'debug' | 'trace'
export interface LogInit {
  level: LogLevel
  json: boolean
  /** Where lines go; stderr unless said otherwise. */
  write?: (line: string) => void
}

const OURS = 'cdnd'
const MAX_VALUE_LENGTH = 8 * 1024
const MAX_CAUSES = 8
const CONTROL_CHARACTERS = /(?!\n)\p{Cc}/gu

type Format = (value: unknown) => string
const bytes = (encode: (value: Uint8Array) => string): Format => value =>
  value instanceof Uint8Array ? encode(value) : String(value)
const INSPECT = { depth: 4, breakLength: Number.POSITIVE_INFINITY }
const inspected: Format = value => {
  try {
    return inspect(value, INSPECT)
  } catch {
    // Parts of libp2p throw when they are looked at, and a line must not end what it tells of.
    return typeof value
  }
}

const FORMATS: Record<string, Format> = {
  s: String, d: String, i: String, f: String, p: String, c: String, a: String, k: String,
  o: inspected, O: inspected, j: inspected,
  b: bytes(value => base58btc.baseEncode(value)),
  t: bytes(value => base32.baseEncode(value)),
  m: bytes(value => base64.baseEncode(value)),
  e: errorText
}

/**
 * A logger for every component of a node.
 *
 * @example
 * const log = componentLogger(config.log).forComponent('cdnd:exchange')
 */
export function componentLogger ({ level, json, write = toStderr }: LogInit): ComponentLogger {
  const sink = pino({
    level,
    base: undefined,
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: label => ({ level: label }) }
  }, { write: json ? write : line => write(readable(line)) })

  const forComponent = (component: string): Logger => {
    const isOurs = component === OURS || component.startsWith(`${OURS}:`)
    const at = (lineLevel: LineLevel) => (message: unknown, ...values: unknown[]): void => {
      if (!sink.isLevelEnabled(lineLevel)) return
      sink[lineLevel]({ component }, formatLine(message, values))
    }
    const usual = isOurs ? 'info' : 'debug'
    return Object.assign(at(usual), {
      error: at(isOurs ? 'error' : 'debug'),
      trace: at('trace'),
      enabled: sink.isLevelEnabled(usual),
      newScope: (name: string) => forComponent(`${component}:${name}`)
    })
  }
  return { forComponent }
}

/** The text of `message` with each `%x` replaced by its value; values left over follow. */
export function formatLine (message: unknown, values: unknown[]): string {
  if (typeof message !== 'string') return [message, ...values].map(plain).join(' ')
  const rest = [...values]
  const text = message.replaceAll(/%([a-zA-Z%])/g, (written, letter: string) => {
    if (letter === '%') return '%'
    const format = FORMATS[letter]
    if (format === undefined || rest.length === 0) return written
    return format(rest.shift()).slice(0, MAX_VALUE_LENGTH)
  })
  return [text, ...rest.map(plain)].join(' ')
}

function plain (value: unknown): string {
  const format = value instanceof Error ? errorText : typeof value === 'string' ? String : inspected
  return format(value).slice(0, MAX_VALUE_LENGTH)
}

function errorText (value: unknown): string {
  if (!(value instanceof Error)) return String(value)
  const { name, message, stack, cause } = value
  const own = stack?.includes(message) === true ? stack : `${name}: ${message}`
  const inner = value instanceof AggregateError ? value.errors : cause === undefined ? [] : [cause]
  return [own, ...inner.slice(0, MAX_CAUSES).map(err => `caused by ${errorText(err)}`)].join('\n')
}

/**
 * `12:03:04.123 info  cdnd:exchange  …`. What comes from outside can neither start a line nor
 * steer a terminal.
 */
function readable (line: string): string {
  const { time, level, component, msg } = JSON.parse(line) as Record<string, string>
  const safe = (msg ?? '').replaceAll(CONTROL_CHARACTERS, '').replaceAll('\n', '\n    ')
  return `${time?.slice(11, 23)} ${level?.padEnd(5)} ${component}  ${safe}\n`
}

function toStderr (line: string): void {
  process.stderr.write(line)
}
