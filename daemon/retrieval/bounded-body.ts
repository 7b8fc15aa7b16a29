/**
 * An HTTP body of a bounded length.
 * in: a response. out: its bytes, or a refusal as soon as there are more than allowed.
 */

import { BlockTooLargeError } from '../../protocols/errors.ts'

/**
 * `onChunk` hears of the bytes as they come.
 *
 * @throws BlockTooLargeError, and what the connection fails with
 */
export async function readBounded (
  response: Response, maxBytes: number, onChunk: (bytes: number) => void = () => {}
): Promise<Uint8Array> {
  const promised = Number(response.headers.get('content-length') ?? 0)
  if (promised > maxBytes) {
    await response.body?.cancel()
    throw new BlockTooLargeError(`${promised} bytes are promised where ${maxBytes} may come`)
  }
  const chunks: Uint8Array[] = []
  let length = 0
  // By a reader: not every browser iterates over a stream.
  const reader = response.body?.getReader()
  for (let read = await reader?.read(); read?.value != null; read = await reader?.read()) {
    length += read.value.byteLength
    onChunk(read.value.byteLength)
    if (length > maxBytes) {
      await reader?.cancel()
      throw new BlockTooLargeError(`more bytes came than the ${maxBytes} that may`)
    }
    chunks.push(read.value)
  }
  return chunks.length === 1 ? chunks[0]! : joined(chunks, length)
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
