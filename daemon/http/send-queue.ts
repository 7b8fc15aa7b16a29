/**
 * When bytes have arrived, not only been handed over: the kernel takes megabytes at once, however
 * slow the line is. in: sockets with an answer written to them. out: a call once the other end has
 * acknowledged all of it, as far as the system tells (Linux does, in /proc/net/tcp).
 */

import { readFile } from 'node:fs/promises'
import type { Socket } from 'node:net'

export interface SendQueueInit {
  /** The kernel's tables of connections. */
  tables?: readonly string[]
  /** Between two looks, at least. Higher: less work; lower: finer times. */
  pollMs?: number
}

/** `isSent`: false when the other end was gone, or far too slow to tell anything of us. */
type Then = (isSent: boolean) => void

interface Waiting { key: string, sinceMs: number, then: Then }

export const TABLES = ['/proc/net/tcp', '/proc/net/tcp6']
const POLL_MS = 25
/** A look may take this share of the time, where there are many connections, … */
const MAX_SHARE = 0.05
/** … but a machine that is busy with other things must not make looks rare. */
const MAX_POLL_MS = 200
/** Whoever has not acknowledged by then is too slow to say anything of us. */
const MAX_WAIT_MS = 10_000

export class SendQueue {
  readonly #tables: readonly string[]
  readonly #pollMs: number
  readonly #waiting = new Map<Socket, Waiting>()
  #timer: NodeJS.Timeout | undefined

  constructor ({ tables = TABLES, pollMs = POLL_MS }: SendQueueInit = {}) {
    this.#tables = tables
    this.#pollMs = pollMs
  }

  /** Calls `then` once: when all has arrived, or never will. */
  whenSent (socket: Socket, then: Then): void {
    this.settle(socket)
    const key = keyOf(socket)
    if (key === undefined || socket.destroyed) {
      setImmediate(then, !socket.destroyed)
      return
    }
    this.#waiting.set(socket, { key, sinceMs: performance.now(), then })
    this.#timer ??= setTimeout(() => { void this.#look() }, this.#pollMs).unref()
  }

  /** The other end asks for more on the socket: it has what it was sent before. */
  settle (socket: Socket, isSent = true): void {
    const waiting = this.#waiting.get(socket)
    this.#waiting.delete(socket)
    waiting?.then(isSent)
  }

  /** Never rejects. */
  async #look (): Promise<void> {
    const startMs = performance.now()
    const queued = await this.#read()
    const nowMs = performance.now()
    for (const [socket, { key, sinceMs }] of this.#waiting) {
      // Written while we read: the next look tells.
      if (sinceMs > startMs) continue
      const isOver = socket.destroyed || nowMs - sinceMs > MAX_WAIT_MS
      if (isOver || !queued.has(key)) this.settle(socket, !isOver)
    }
    const fairMs = Math.min(MAX_POLL_MS, (nowMs - startMs) / MAX_SHARE)
    const pauseMs = Math.max(this.#pollMs, fairMs)
    this.#timer = this.#waiting.size === 0
      ? undefined
      : setTimeout(() => { void this.#look() }, pauseMs).unref()
  }

  /** Connections with bytes that are not acknowledged; none where the system does not tell. */
  async #read (): Promise<Set<string>> {
    const texts = await Promise.all(this.#tables.map(async table =>
      await readFile(table, 'latin1').catch(() => '')))
    return new Set(texts.flatMap(queuedIn))
  }
}

/** `sl local remote state tx:rx …`, in hex. */
const ROW = /^\s*\d+: ([0-9A-F]+:[0-9A-F]{4}) ([0-9A-F]+:[0-9A-F]{4}) [0-9A-F]{2} ([0-9A-F]{8}):/

export function queuedIn (table: string): string[] {
  return table.split('\n').flatMap(line => {
    const [, local, remote, queued] = ROW.exec(line) ?? []
    return queued === undefined || queued === '00000000' ? [] : [`${local} ${remote}`]
  })
}

function keyOf (
  { localAddress, localPort, remoteAddress, remotePort }: Socket
): string | undefined {
  if (localAddress === undefined || remoteAddress === undefined) return undefined
  const ends = [[localAddress, localPort], [remoteAddress, remotePort]] as const
  return ends.map(([address, port = 0]) => {
    const hexPort = port.toString(16).toUpperCase().padStart(4, '0')
    return `${hexOf(address)}:${hexPort}`
  }).join(' ')
}

/** As the kernel writes an address: four bytes at a time, the last first. */
export function hexOf (address: string): string {
  const bytes = address.includes(':') ? ip6Bytes(address) : address.split('.').map(Number)
  let hex = ''
  for (let at = 0; at < bytes.length; at += 4) {
    for (const byte of bytes.slice(at, at + 4).reverse()) {
      hex += byte.toString(16).toUpperCase().padStart(2, '0')
    }
  }
  return hex
}

function ip6Bytes (address: string): number[] {
  const [plain = ''] = address.split('%')
  const mapped = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(plain)
  const tail = mapped === null ? [] : mapped[2]!.split('.').map(Number)
  const [head = '', end] = (mapped?.[1] ?? plain).split('::')
  const groups = (text = '') => text.split(':').filter(part => part !== '')
    .flatMap(part => [Number.parseInt(part, 16) >> 8, Number.parseInt(part, 16) & 255])
  const [before, after] = [groups(head), [...groups(end), ...tail]]
  return [...before, ...Array(16 - before.length - after.length).fill(0), ...after]
}
