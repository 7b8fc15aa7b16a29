/**
 * How hls.js gets its files from a page's node.
 * in: its requests. out: playlists, init sections and segments of titles from the node; whatever
 * else it asks for, and all of it where there is no node, from the server.
 *
 * What is said of the time a segment took is what the line would have needed for it, so that the
 * choice of bit rate goes by the line: network-times.ts.
 */

import type {
  HlsConfig, Loader, LoaderCallbacks, LoaderConfiguration, LoaderContext, LoaderStats
} from 'hls.js'
import type { NetworkTimes } from './network-times.ts'
import { plainFile } from './plain-file.ts'
import type { GivenFile } from './title-files.ts'
import type { LoaderClass } from './types.ts'

export interface LoaderComponents {
  /** The file from the node; undefined: the server is to be asked. */
  file (url: string, options: { signal: AbortSignal, onBytes: (bytes: number) => void }):
    Promise<GivenFile | undefined>
  /** Told that the server had what the node had not. */
  onServed (url: string): void
  times: NetworkTimes
}

/** Bits per second that hls.js takes for the line's before it has measured it. */
const ASSUMED_BANDWIDTH = 500_000
const BITS_PER_BYTE = 8
const NOT_FOUND = 404
const BAD_GATEWAY = 502

/**
 * For `new Hls({ loader })`, or in the `config` of one that is there.
 */
export function titleLoader (components: LoaderComponents): LoaderClass {
  return class TitleLoader implements Loader<LoaderContext> {
    context: LoaderContext | null = null
    stats: LoaderStats = newStats()
    readonly #unknownRate: number
    readonly #controller = new AbortController()
    #callbacks: LoaderCallbacks<LoaderContext> | undefined

    constructor (config?: Partial<HlsConfig>) {
      this.#unknownRate = (config?.abrEwmaDefaultEstimate ?? ASSUMED_BANDWIDTH) / BITS_PER_BYTE
    }

    load (
      context: LoaderContext, { loadPolicy }: LoaderConfiguration,
      callbacks: LoaderCallbacks<LoaderContext>
    ): void {
      this.context = context
      this.#callbacks = callbacks
      this.stats.loading.start = performance.now()
      const timer = setTimeout(() => { this.#expire() }, loadPolicy.maxLoadTimeMs)
      void this.#load(context).finally(() => { clearTimeout(timer) })
    }

    abort (): void {
      const callbacks = this.#end()
      callbacks?.onAbort?.(this.stats, this.context!, null)
    }

    destroy (): void {
      this.#end()
    }

    getCacheAge (): number | null {
      return null
    }

    getResponseHeader (): string | null {
      return null
    }

    /** Nothing is told any more. Returns who would have been. */
    #end (): LoaderCallbacks<LoaderContext> | undefined {
      const callbacks = this.#callbacks
      this.#callbacks = undefined
      if (callbacks != null) this.stats.aborted = true
      this.#controller.abort()
      return callbacks
    }

    #expire (): void {
      const callbacks = this.#callbacks
      if (callbacks == null) return
      this.#callbacks = undefined
      this.#controller.abort()
      callbacks.onTimeout(this.stats, this.context!, null)
    }

    async #load (context: LoaderContext): Promise<void> {
      try {
        const answer = await this.#fromNode(context) ?? await this.#fromServer(context)
        this.#succeed(context, answer)
      } catch (err) {
        this.#fail(context, err as Error)
      }
    }

    async #fromNode (context: LoaderContext): Promise<Answer | undefined> {
      // Our titles are not cut into ranges: who asks for one means another kind of file.
      if (context.rangeEnd) return undefined
      const { signal } = this.#controller
      const file = await components.file(context.url, {
        signal, onBytes: bytes => { this.#progress(this.stats.loaded + bytes, 0) }
      })
      if (file == null) return undefined
      const endMs = performance.now()
      if (file.segment == null) return { url: context.url, status: 200, bytes: file.bytes, endMs }
      const { startMs, firstMs } = components.times.timesOf(file.bytes.byteLength, {
        nowMs: Date.now(), endMs, latencyMs: latencyOf(file), unknownRate: this.#unknownRate
      })
      return { url: context.url, status: 200, bytes: file.bytes, startMs, firstMs, endMs }
    }

    async #fromServer (context: LoaderContext): Promise<Answer> {
      const { url, rangeStart, rangeEnd } = context
      const headers = { ...context.headers }
      if (rangeEnd) headers.range = `bytes=${rangeStart ?? 0}-${rangeEnd - 1}`
      const file = await plainFile(url, {
        signal: this.#controller.signal,
        headers,
        onProgress: (loaded, total) => { this.#progress(loaded, total) }
      })
      components.onServed(url)
      return { ...file, endMs: performance.now() }
    }

    #progress (loaded: number, total: number): void {
      const { stats } = this
      if (stats.loading.first === 0) stats.loading.first = performance.now()
      stats.loaded = loaded
      // Where they are equal the file is taken for complete.
      stats.total = Math.max(total, loaded + 1)
    }

    #succeed (context: LoaderContext, answer: Answer): void {
      const callbacks = this.#callbacks
      if (callbacks == null) return
      this.#callbacks = undefined
      const { stats } = this
      const { bytes, url, status, startMs, firstMs, endMs } = answer
      stats.loading.start = startMs ?? stats.loading.start
      stats.loading.first = Math.max(stats.loading.start, firstMs ?? endMs)
      stats.loading.end = endMs
      stats.loaded = stats.total = bytes.byteLength
      stats.bwEstimate = bytes.byteLength * BITS_PER_BYTE * 1000 /
        Math.max(1, endMs - stats.loading.first)
      const data = dataOf(bytes, context.responseType)
      callbacks.onProgress?.(stats, context, data, null)
      callbacks.onSuccess({ url, data, code: status }, stats, context, null)
    }

    #fail (context: LoaderContext, err: Error): void {
      const callbacks = this.#callbacks
      if (callbacks == null) return
      this.#callbacks = undefined
      if (err.name === 'DeadlineError') callbacks.onTimeout(this.stats, context, null)
      else callbacks.onError({ code: codeOf(err), text: err.message }, context, null, this.stats)
    }
  }
}

interface Answer {
  url: string
  status: number
  bytes: Uint8Array<ArrayBuffer>
  startMs?: number
  firstMs?: number
  endMs: number
}

function newStats (): LoaderStats {
  return {
    aborted: false,
    loaded: 0,
    retry: 0,
    total: 0,
    chunkCount: 0,
    bwEstimate: 0,
    loading: { start: 0, first: 0, end: 0 },
    parsing: { start: 0, end: 0 },
    buffering: { start: 0, first: 0, end: 0 }
  }
}

function dataOf (bytes: Uint8Array<ArrayBuffer>, type: string): string | ArrayBuffer {
  if (type === 'arraybuffer') {
    const { buffer, byteOffset, byteLength } = bytes
    return byteLength === buffer.byteLength
      ? buffer
      : buffer.slice(byteOffset, byteOffset + byteLength)
  }
  const text = new TextDecoder().decode(bytes)
  // Typed as if it were text, which hls.js does not take it for.
  return type === 'json' ? JSON.parse(text) as string : text
}

/** Half of its blocks came over no longer a round trip. */
function latencyOf ({ deliveries }: GivenFile): number {
  const times = deliveries.flatMap(({ rttMs }) => rttMs ?? []).sort((a, b) => a - b)
  return times[Math.floor(times.length / 2)] ?? 0
}

function codeOf (err: Error & { status?: number }): number {
  if (err.status != null) return err.status
  return err.name === 'ContentNotFoundError' || err.name === 'NotInManifestError'
    ? NOT_FOUND
    : err.name === 'TypeError' ? 0 : BAD_GATEWAY
}
