/**
 * Publishing as the control API has it.
 * in: a request in the units people write. out: how far it is, as events; the last is `done`.
 */

import type { PublishProgress, PublishRequest } from '../protocols/control/index.ts'
import { parseBitrate, parseDurationMs } from '../protocols/units.ts'
import type { Ingest } from './ingest.ts'
import { DEFAULT_LADDER } from './settings.ts'
import type { CatalogEntry, IngestRequest, PublishSettings } from './types.ts'

/**
 * Publishes a file; what the request leaves out is as in `defaults`. A slow reader gets the latest
 * event, not all of them; one that stops reading aborts the ingest.
 *
 * @throws what {@link Ingest.publish} does
 */
export async function * publish (
  ingest: Pick<Ingest, 'publish'>, request: PublishRequest,
  options: { signal?: AbortSignal, defaults?: Partial<PublishSettings> } = {}
): AsyncGenerator<PublishProgress> {
  const reader = new AbortController()
  const signal = AbortSignal.any([reader.signal, options.signal].filter(each => each != null))
  const news = new LatestValue<PublishProgress>()
  const onProgress = (progress: PublishProgress): void => { news.set(progress) }
  const complete = { ...options.defaults, ...parseRequest(request) }
  const published = ingest.publish(complete, { signal, onProgress })
    .finally(() => { news.end() })
  // Its failure is thrown below; a reader that is gone does not want it.
  published.catch(() => {})
  try {
    yield * news.values()
    yield doneEvent(await published)
  } finally {
    reader.abort()
  }
}

/** @throws InvalidArgumentError naming the unit that is allowed */
function parseRequest (request: PublishRequest): IngestRequest {
  const { path, title, alias, bitrates, segment, ladder } = request
  return {
    path,
    ...title != null && { title },
    ...alias != null && { alias },
    ...bitrates != null && { bitrates: bitrates.map(parseBitrate) },
    ...segment != null && { segmentMs: parseDurationMs(segment) },
    ...ladder === true && { ladder: [...DEFAULT_LADDER] }
  }
}

function doneEvent (entry: CatalogEntry): PublishProgress {
  const { id, title, alias, durationMs, size, renditions } = entry
  const name = { title, ...alias != null && { alias } }
  return { stage: 'done', id: String(id), ...name, durationMs, size, renditions }
}

/** A queue of one: a new value takes the place of one not yet read. */
class LatestValue<T> {
  #value: T | undefined
  #isEnded = false
  #wake = Promise.withResolvers<void>()

  set (value: T): void {
    this.#value = value
    this.#wake.resolve()
  }

  end (): void {
    this.#isEnded = true
    this.#wake.resolve()
  }

  async * values (): AsyncGenerator<T> {
    for (;;) {
      await this.#wake.promise
      this.#wake = Promise.withResolvers()
      const value = this.#value
      this.#value = undefined
      if (value !== undefined) yield value
      if (this.#isEnded) return
    }
  }
}
