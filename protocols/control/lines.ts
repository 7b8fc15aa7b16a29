/**
 * Newline-delimited text. in: bytes in chunks of any size. out: the lines, without their ends.
 */

import { InvalidMessageError } from '../errors.ts'
import { MAX_CONTROL_LINE_LENGTH } from '../limits.ts'

/** @throws InvalidMessageError for a line longer than {@link MAX_CONTROL_LINE_LENGTH} */
export async function * linesOf (chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const chunk of chunks) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n')
    rest = lines.pop() ?? ''
    yield * lines.filter(line => line !== '')
    if (rest.length > MAX_CONTROL_LINE_LENGTH) {
      throw new InvalidMessageError(`a line is longer than ${MAX_CONTROL_LINE_LENGTH} characters`)
    }
  }
  if (rest !== '') yield rest
}
