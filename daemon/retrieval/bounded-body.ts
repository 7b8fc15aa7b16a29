/**
 * An HTTP body of a bounded length.
 * in: a response. out: its bytes, or a refusal as soon as there are more than allowed.
 */

import { BlockTooLargeError } from '../../protocols/errors.ts'
import type { HttpAnswer } from '../discovery/index.ts'

/**
 * Told of bytes as they come; where the length was promised, with the buffer that they go to and
 * how much of it is filled.
 */
export type OnChunk = (bytes: number, buffer: Uint8Array | undefined, filled: number) => void

/** @throws BlockTooLargeError, and what the connection fails with */
export async function readBounded (
  response: Pick<HttpAnswer, 'headers' | 'body'>, maxBytes: number, onChunk: OnChunk = () => {}
): Promise<Uint8Array> {
  const promised = Number(response.headers.get('content-length') ?? NaN)
  if (promised > maxBytes) {
    await response.body?.cancel()
    throw new BlockTooLargeError(`${promised} bytes are promised where ${maxBytes} may come`)
  }
  // A body that was packed has another length than it says.
  const isExact = promised >= 0 && response.headers.get('content-encoding') == null
  const buffer = isExact ? new Uint8Array(promised) : undefined
  const chunks: Uint8Array[] = []
  let length = 0
  // By a reader: not every browser iterates over a stream.
  const reader = response.body?.getReader()
  for (let read = await reader?.read(); read?.value != null; read = await reader?.read()) {
    const { value } = read
    if (length + value.byteLength > Math.min(maxBytes, buffer?.byteLength ?? maxBytes)) {
      await reader?.cancel()
      throw new BlockTooLargeError(`more bytes came than the ${maxBytes} that may`)
    }
    if (buffer == null) {
      chunks.push(value)
    } else {
      buffer.set(value, length)
    }
    length += value.byteLength
    onChunk(value.byteLength, buffer, length)
  }
  return buffer == null ? joined(chunks, length) : buffer.subarray(0, length)
}

function joined (chunks: readonly Uint8Array[], length: number): Uint8Array {
  const bytes = new Uint8Array(length)
  let at = 0
  for (const chunk of chunks) {
    bytes.set(chunk, at)
    at += chunk.byteLength
  }
  return bytes
}
