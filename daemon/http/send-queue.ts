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

interface Waiting { sinceMs: number, then: Then }

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
    if (socket.destroyed || socket.remotePort === undefined) {
      then(!socket.destroyed)
      return
    }
    this.#waiting.set(socket, { sinceMs: performance.now(), then })
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
    for (const [socket, { sinceMs }] of this.#waiting) {
      const isOver = socket.destroyed || nowMs - sinceMs > MAX_WAIT_MS
      // Written while we read: the next look tells.
      const isSent = sinceMs <= startMs && !queued.has(keyOf(socket))
      if (isOver || isSent) this.settle(socket, !isOver)
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

/**
 * `sl local remote state tx:rx …`, in hex. Ports tell connections apart well enough: of two with
 * the same, the one with nothing queued waits for the other, at most until it is asked for more.
 */
const ROW = /^\s*\d+: [0-9A-F]+:([0-9A-F]{4}) [0-9A-F]+:([0-9A-F]{4}) [0-9A-F]{2} ([0-9A-F]{8}):/

export function queuedIn (table: string): string[] {
  return table.split('\n').flatMap(line => {
    const [, local, remote, queued] = ROW.exec(line) ?? []
    return queued === undefined || queued === '00000000' ? [] : [`${local} ${remote}`]
  })
}

function keyOf ({ localPort, remotePort }: Socket): string {
  return [localPort, remotePort]
    .map((port = 0) => port.toString(16).toUpperCase().padStart(4, '0')).join(' ')
}
