/**
 * Who sent how much to whom, as receivers count it on each connection.
 * in: looks at their neighbours. out: bytes between any two, of all their connections together.
 */

import type { Flow } from '../run-record.ts'

/** A page of more than these shows nothing. */
const MAX_FLOWS = 4000

export class FlowLedger {
  readonly #flows = new Map<string, Flow & { last: number }>()

  /** `bytes` of the connection that is open now; a smaller number than before is of another. */
  see (from: string, to: string, bytes: number): void {
    const key = `${from} ${to}`
    const flow = this.#flows.get(key) ?? { from, to, bytes: 0, last: 0 }
    flow.bytes += bytes < flow.last ? bytes : bytes - flow.last
    flow.last = bytes
    this.#flows.set(key, flow)
  }

  /** What was seen until now is left out. */
  begin (): void {
    for (const flow of this.#flows.values()) flow.bytes = 0
  }

  /** The largest first. */
  flows (): Flow[] {
    return [...this.#flows.values()]
      .filter(({ bytes }) => bytes > 0)
      .sort((a, b) => b.bytes - a.bytes)
      .slice(0, MAX_FLOWS)
      .map(({ from, to, bytes }) => ({ from, to, bytes }))
  }
}
