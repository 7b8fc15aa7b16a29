/**
 * Where a listener is, as far as its requests tell.
 * in: where it began or jumped to, media handed over to it. out: its position, and when media
 * further on will be needed. It plays from when it has its first segment, stands when it has
 * nothing more to play, and goes on when it has.
 *
 * Players buffer before they begin: they are never ahead of the estimate, and often behind.
 */

export class Playhead {
  /** Where it began, or jumped to: media milliseconds. */
  #fromMs = 0
  /** End of the media it has. */
  #endMs = 0
  /** It was at `mediaMs` at `atMs` (epoch), and has played since. */
  #line: { mediaMs: number, atMs: number } | undefined

  /** It begins, or jumps. */
  seek (mediaMs: number): void {
    this.#fromMs = mediaMs
    this.#endMs = mediaMs
    this.#line = undefined
  }

  /** It was given the media from `startMs` to `endMs`. */
  give (startMs: number, endMs: number, nowMs: number): void {
    if (this.#line == null) {
      this.#line = { mediaMs: startMs, atMs: nowMs }
    } else if (this.isWaiting(nowMs)) {
      this.#line = { mediaMs: this.#endMs, atMs: nowMs }
    }
    this.#endMs = Math.max(this.#endMs, endMs)
  }

  /** Media milliseconds. */
  position (nowMs: number): number {
    return this.#line == null
      ? this.#fromMs
      : Math.min(this.#line.mediaMs + nowMs - this.#line.atMs, this.#endMs)
  }

  /** For how long it has played since it began, jumped or had nothing to play. */
  playedMs (nowMs: number): number {
    return this.#line == null ? 0 : Math.max(0, nowMs - this.#line.atMs)
  }

  /** True while it has nothing to play. */
  isWaiting (nowMs: number): boolean {
    return this.position(nowMs) >= this.#endMs
  }

  /** When it will play the media at `mediaMs`, epoch milliseconds; now, when that is behind it. */
  neededMs (mediaMs: number, nowMs: number): number {
    return nowMs + Math.max(0, mediaMs - this.position(nowMs))
  }
}
