/**
 * Bytes on their way. in: who sends how many to whom, what each can send and receive. out: progress
 * in pieces, each when it is there.
 *
 * A flow, not packets: what a host sends is shared alike among the transfers it sends, what it
 * receives among those it receives, and each goes as fast as the narrower end allows.
 */

import type { Clock, Timer } from '../../protocols/clock.ts'
import { DATA_BYTES } from '../../protocols/exchange/message.ts'

export class Port {
  readonly uploadBytesPerSecond: number
  readonly downloadBytesPerSecond: number
  readonly sending = new Set<Flow>()
  readonly receiving = new Set<Flow>()
  sentBytes = 0

  constructor (init: { uploadBytesPerSecond: number, downloadBytesPerSecond: number }) {
    this.uploadBytesPerSecond = init.uploadBytesPerSecond
    this.downloadBytesPerSecond = init.downloadBytesPerSecond
  }
}

export interface Transfer {
  from: Port
  to: Port
  bytes: number
  /** All that has come so far; the last time it is all of it. */
  onProgress: (doneBytes: number) => void
}

class Flow {
  readonly transfer: Transfer
  doneBytes = 0
  bytesPerMs = 0
  sinceMs: number
  stopTimer = (): void => {}

  constructor (transfer: Transfer, nowMs: number) {
    this.transfer = transfer
    this.sinceMs = nowMs
  }

  get rate (): number {
    const { from, to } = this.transfer
    return Math.min(
      from.uploadBytesPerSecond / from.sending.size,
      to.downloadBytesPerSecond / to.receiving.size
    ) / 1000
  }
}

export class Flows {
  readonly #clock: Clock
  readonly #timer: Timer

  constructor (components: { clock: Clock, timer: Timer }) {
    this.#clock = components.clock
    this.#timer = components.timer
  }

  /** The function it returns ends it; without effect when all has come. */
  start (transfer: Transfer): () => void {
    const { from, to } = transfer
    const flow = new Flow(transfer, this.#clock())
    from.sending.add(flow)
    to.receiving.add(flow)
    this.#share(from, to)
    return () => { this.#end(flow) }
  }

  #end (flow: Flow): void {
    const { from, to } = flow.transfer
    if (!from.sending.delete(flow)) return
    to.receiving.delete(flow)
    this.#settle(flow)
    flow.stopTimer()
    this.#share(from, to)
  }

  /** Somebody came or went. */
  #share (from: Port, to: Port): void {
    for (const flow of from.sending) this.#adapt(flow)
    for (const flow of to.receiving) {
      if (flow.transfer.from !== from) this.#adapt(flow)
    }
  }

  #adapt (flow: Flow): void {
    const { rate } = flow
    if (rate === flow.bytesPerMs) return
    this.#settle(flow)
    flow.bytesPerMs = rate
    this.#await(flow)
  }

  /** What has come until now. */
  #settle (flow: Flow): void {
    const nowMs = this.#clock()
    const { transfer: { bytes, from } } = flow
    const doneBytes = Math.min(bytes, flow.doneBytes + (nowMs - flow.sinceMs) * flow.bytesPerMs)
    from.sentBytes += doneBytes - flow.doneBytes
    flow.doneBytes = doneBytes
    flow.sinceMs = nowMs
  }

  /** Until the next piece is there. */
  #await (flow: Flow): void {
    const { bytes } = flow.transfer
    const pieces = Math.floor(flow.doneBytes / DATA_BYTES + 1e-6) + 1
    const nextBytes = Math.min(bytes, pieces * DATA_BYTES)
    flow.stopTimer()
    flow.stopTimer = this.#timer((nextBytes - flow.doneBytes) / flow.bytesPerMs, () => {
      this.#settle(flow)
      flow.transfer.from.sentBytes += nextBytes - flow.doneBytes
      flow.doneBytes = nextBytes
      if (nextBytes === bytes) this.#end(flow)
      else this.#await(flow)
      flow.transfer.onProgress(nextBytes)
    })
  }
}
