/**
 * A player that wants the whole title at once: files in order, several requests at a time.
 * in: a gateway and a title. out: when its music could begin, and when all of it was there.
 */

import { createHash } from 'node:crypto'
import { PlayerHttp } from '../../testnet/player-http.ts'
import { START_MS } from '../../testnet/playhead.ts'
import type { MadeFile, MadeTitle } from '../../testnet/workload/made-titles.ts'

export interface Download {
  /** From the first playlist request until 1 s of media was there; NaN where it never was. */
  startUpMs: number
  /** Until everything was; NaN where something is missing. */
  wholeMs: number
  /** Files that did not come, or not with the publisher's bytes. */
  failed: number
  /** Where the node said it had the files of the start; absent where it did not say. */
  startedFrom: Set<string>
}

/** As many as `cdn-cli fetch` has under way. */
const PARALLEL = 4
const TIMEOUT_MS = 60_000

export async function download (
  gateway: string, title: MadeTitle, options: { signal: AbortSignal }
): Promise<Download> {
  const http = new PlayerHttp({ maxSockets: PARALLEL })
  try {
    return await new Downloading(http, `${gateway}/hls/${title.id}`, title, options.signal).run()
  } finally {
    http.close()
  }
}

class Downloading {
  readonly #http: PlayerHttp
  readonly #base: string
  readonly #title: MadeTitle
  readonly #signal: AbortSignal
  readonly #openedAtMs = performance.now()
  readonly #result: Download = {
    startUpMs: Number.NaN, wholeMs: Number.NaN, failed: 0, startedFrom: new Set()
  }

  constructor (http: PlayerHttp, base: string, title: MadeTitle, signal: AbortSignal) {
    this.#http = http
    this.#base = base
    this.#title = title
    this.#signal = signal
  }

  async run (): Promise<Download> {
    const { rendition, files: [init, first, ...rest] } = this.#title
    if (!await this.#opens('master.m3u8', `${rendition}/index.m3u8`)) return this.#result
    // A player asks for nothing more before it can begin.
    await this.#fetch(init!)
    await this.#fetch(first!)
    const queue = rest.values()
    await Promise.all(Array.from({ length: PARALLEL }, async () => {
      for (const file of queue) await this.#fetch(file)
    }))
    if (this.#result.failed === 0) this.#result.wholeMs = performance.now() - this.#openedAtMs
    return this.#result
  }

  async #opens (...playlists: string[]): Promise<boolean> {
    try {
      for (const path of playlists) await this.#get(path)
      return true
    } catch {
      this.#signal.throwIfAborted()
      this.#result.failed = this.#title.files.length
      return false
    }
  }

  async #fetch ({ name, durationMs, sha256 }: MadeFile): Promise<void> {
    const result = this.#result
    const isFirst = Number.isNaN(result.startUpMs)
    try {
      const { bytes, headers } = await this.#get(`${this.#title.rendition}/${name}`, share => {
        if (durationMs * share < START_MS || !Number.isNaN(result.startUpMs)) return
        result.startUpMs = performance.now() - this.#openedAtMs
      })
      if (createHash('sha256').update(bytes).digest('hex') !== sha256) result.failed++
      if (!isFirst) return
      for (const [, source] of String(headers['cdnd-sources']).matchAll(/(\w+)=/g)) {
        result.startedFrom.add(source!)
      }
    } catch {
      this.#signal.throwIfAborted()
      result.failed++
    }
  }

  async #get (path: string, onShare?: (share: number) => void) {
    const signal = AbortSignal.any([this.#signal, AbortSignal.timeout(TIMEOUT_MS)])
    const answer = await this.#http.get(`${this.#base}/${path}`, {
      signal,
      ...(onShare != null && { onBytes: (received, total) => { onShare(received / total) } })
    })
    if (answer.status !== 200) throw new Error(`${path} was answered ${answer.status}`)
    return answer
  }
}
