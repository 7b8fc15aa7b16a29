/**
 * One tracker's connection to the Redis it shares with its replicas.
 * in: a URL, scripts to run. out: their replies, or TrackerUnavailableError at once while Redis is
 * out of reach; it comes back by itself, and the log says so once each way.
 */

import { createHash } from 'node:crypto'
import type { Logger } from '@libp2p/interface'
import { TrackerFullError, TrackerUnavailableError } from '../protocols/errors.ts'
import type { RedisClient } from './redis-client.ts'
import { REDIS_SCRIPTS, type RedisScript } from './redis-scripts.ts'

export interface RedisLinkInit {
  /** `redis://[user:password@]host[:port][/database]`, `rediss://` for TLS. */
  url: string
  /** Of every key and every script. */
  prefix: string
  /** One reply, {@link DEFAULT_REDIS_TIMEOUT_MS}. */
  timeoutMs?: number
}

/** Higher: rides out a slow Redis; lower: askers are sent to other sources sooner. */
export const DEFAULT_REDIS_TIMEOUT_MS = 1_000
/** Replies waited for at once; a Redis that hangs is not asked for more. */
const MAX_PENDING = 4_096

/** As scripts answer: numbers, bytes, lists of these. */
export type RedisReply = number | string | Buffer | null | RedisReply[]
export type RedisArgument = string | number | Uint8Array

const SHA1 = Object.fromEntries(Object.entries(REDIS_SCRIPTS).map(([name, source]) =>
  [name, createHash('sha1').update(source).digest('hex')]))

export class RedisLink {
  readonly prefix: string
  readonly #log: Logger | undefined
  readonly #timeoutMs: number
  readonly #url: string
  readonly #where: string
  #client: RedisClient | undefined
  /** Said in the log. */
  #isDown = false
  #pending = 0

  constructor (components: { log?: Logger }, init: RedisLinkInit) {
    this.#log = components.log
    this.prefix = init.prefix
    this.#timeoutMs = init.timeoutMs ?? DEFAULT_REDIS_TIMEOUT_MS
    this.#url = init.url
    this.#where = new URL(init.url).host // Never with the password.
  }

  /** Does not wait for Redis: a tracker that starts before it works as soon as it is there. */
  async start (): Promise<void> {
    if (this.#client != null) return
    const { redisClient } = await import('./redis-client.ts')
    const client = redisClient(this.#url)
    this.#client = client
    client.on('error', err => { this.#failed(err) })
    client.on('ready', () => {
      if (this.#isDown) this.#log?.('redis at %s answers again', this.#where)
      this.#isDown = false
    })
    client.connect().catch(err => { this.#failed(err) })
  }

  stop (): void {
    if (this.#client?.isOpen === true) this.#client.destroy()
    this.#client = undefined
  }

  /**
   * What it answers comes as text.
   *
   * @throws TrackerUnavailableError TrackerFullError
   */
  async run (script: RedisScript, ...args: RedisArgument[]): Promise<RedisReply> {
    const given = ['1', this.prefix, ...args.map(asArgument)]
    try {
      return await this.#send(['EVALSHA', SHA1[script]!, ...given])
    } catch (err) {
      if (!startsWith(err, 'NOSCRIPT')) throw this.#told(err)
    }
    try {
      return await this.#send(['EVAL', REDIS_SCRIPTS[script], ...given])
    } catch (err) {
      throw this.#told(err)
    }
  }

  /**
   * Any other command, whose answer comes as bytes; keys have the prefix already.
   *
   * @throws TrackerUnavailableError
   */
  async command (...args: RedisArgument[]): Promise<RedisReply> {
    try {
      return await this.#send(args.map(asArgument), BYTES)
    } catch (err) {
      throw this.#told(err)
    }
  }

  async #send (args: Array<string | Buffer>, options?: typeof BYTES): Promise<RedisReply> {
    if (this.#client == null) throw new Error('not started')
    if (this.#pending >= MAX_PENDING) throw new Error(`${MAX_PENDING} replies are waited for`)
    this.#pending++
    const reply = this.#client.sendCommand<RedisReply>(args, options)
      .finally(() => { this.#pending-- })
    return await within(this.#timeoutMs, reply)
  }

  #failed (err: unknown): void {
    if (this.#isDown) return
    this.#isDown = true
    this.#log?.error('redis at %s is of no use, trying on: %s', this.#where, reason(err))
  }

  #told (cause: unknown): Error {
    if (startsWith(cause, 'OOM')) {
      return new TrackerFullError('the store of this tracker is full', { cause })
    }
    if (startsWith(cause, 'ERR')) this.#failed(cause)
    return new TrackerUnavailableError('this tracker cannot reach its store now', { cause })
  }
}

/** Texts of any bytes, in RESP `$`, as they are. */
const BYTES = { typeMapping: { 36: Buffer } } as const

const startsWith = (err: unknown, word: string): boolean =>
  err instanceof Error && err.message.startsWith(word)

function asArgument (value: RedisArgument): string | Buffer {
  return value instanceof Uint8Array
    ? Buffer.from(value.buffer, value.byteOffset, value.byteLength)
    : `${value}`
}

async function within<T> (timeoutMs: number, reply: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => {
    late.reject(new Error(`no reply within ${timeoutMs} ms`))
  }, timeoutMs)
  try {
    return await Promise.race([reply, late.promise])
  } finally {
    clearTimeout(timer)
  }
}

/** Node tells of a refused connection to a name in parts, with no text of its own. */
function reason (err: unknown): string {
  const { message, code } = err as Error & { code?: string }
  return message || code || String(err)
}
