/**
 * A wire of so many bytes per second that several share. in: bytes handed to it. out: when the last
 * of them is through, behind all that was handed to it before.
 */

export class RateMeter {
  /** Infinity for a wire that takes no time; another from now on where it is set. */
  bytesPerSecond: number
  #freeMs = 0

  constructor (bytesPerSecond: number) {
    this.bytesPerSecond = bytesPerSecond
  }

  pass (bytes: number, nowMs: number): number {
    this.#freeMs = Math.max(this.#freeMs, nowMs) + bytes / this.bytesPerSecond * 1000
    return this.#freeMs
  }
}
