import { expect } from 'chai'
import fc from 'fast-check'
import { linesOf } from '../../../protocols/control/lines.ts'
import { MAX_CONTROL_LINE_LENGTH } from '../../../protocols/limits.ts'

describe('protocols/control/lines', () => {
  it('finds the same lines however the bytes are cut', async () => {
    const line = fc.string({ unit: 'grapheme', minLength: 1 }).filter(text => !text.includes('\n'))
    const size = fc.integer({ min: 1, max: 9 })
    await fc.assert(fc.asyncProperty(fc.array(line), size, async (lines, size) => {
      expect(await Array.fromAsync(linesOf(cut(lines.join('\n'), size)))).to.deep.equal(lines)
    }))
  })

  it('refuses a line without end', async () => {
    const text = 'x'.repeat(MAX_CONTROL_LINE_LENGTH + 1)
    const error = await Array.fromAsync(linesOf(cut(text, 1000))).catch((err: unknown) => err)
    expect(error).to.include({ name: 'InvalidMessageError' })
  })
})

async function * cut (text: string, size: number): AsyncGenerator<Uint8Array> {
  const bytes = new TextEncoder().encode(text)
  for (let at = 0; at < bytes.byteLength; at += size) yield bytes.subarray(at, at + size)
}
