/**
 * A file straight from its server, as any player gets it.
 * in: a URL. out: the body, bounded, and when it began to come.
 */

import { readBounded } from '../../daemon/retrieval/bounded-body.ts'
import { FileAnswerError } from '../../protocols/errors.ts'
import { MAX_SEGMENT_BYTES } from '../../protocols/limits.ts'

export interface PlainFile {
  /** Where the body came from, after redirects. */
  url: string
  status: number
  bytes: Uint8Array<ArrayBuffer>
  /** `performance.now()` when the headers were there. */
  firstMs: number
}

export interface PlainOptions {
  signal?: AbortSignal
  headers?: Record<string, string>
  /** Told how much is here, and of how much in all, 0 where that is not known. */
  onProgress?: (loaded: number, total: number) => void
}

/** @throws FileAnswerError BlockTooLargeError, and what fetch throws */
export async function plainFile (
  url: string, { signal, headers, onProgress }: PlainOptions = {}
): Promise<PlainFile> {
  const answer = await fetch(url, {
    ...(headers != null && { headers }), ...(signal != null && { signal })
  })
  const firstMs = performance.now()
  if (!answer.ok) {
    await answer.body?.cancel()
    throw new FileAnswerError(url, answer.status)
  }
  const bytes = await readBounded(answer, MAX_SEGMENT_BYTES, (_chunk, buffer, filled) => {
    onProgress?.(filled, buffer?.byteLength ?? 0)
  }) as Uint8Array<ArrayBuffer>
  return { url: answer.url, status: answer.status, bytes, firstMs }
}
