import { expect } from 'chai'
import fc from 'fast-check'
import { Uint8ArrayList } from 'uint8arraylist'
import { CiphertextReader } from '../../protocols/ciphertext-reader.ts'

function framed (messages: Uint8Array[]): Uint8Array {
  return Uint8Array.from(messages.flatMap(message =>
    [message.byteLength >> 8, message.byteLength & 0xff, ...message]))
}

/** Each in a buffer of its own, as a socket reads. */
function cut (bytes: Uint8Array, lengths: number[]): Uint8Array[] {
  const chunks: Uint8Array[] = []
  let at = 0
  for (let i = 0; at < bytes.byteLength; i++) {
    const length = lengths[i % lengths.length]!
    chunks.push(bytes.slice(at, at + length))
    at += length
  }
  return chunks
}

describe('protocols/ciphertext-reader', () => {
  it('gives messages whole and in order, however the chunks are cut', () => {
    const messages = fc.array(fc.uint8Array({ maxLength: 700 }), { maxLength: 12 })
    const lengths = fc.array(fc.integer({ min: 1, max: 900 }), { minLength: 1, maxLength: 8 })
    fc.assert(fc.property(messages, lengths, fc.boolean(), (messages, lengths, inLists) => {
      const reader = new CiphertextReader()
      const chunks = cut(framed(messages), lengths)
      const pushed = inLists ? [new Uint8ArrayList(...chunks)] : chunks
      // Copied at once: each is valid until the next.
      const read = pushed.flatMap(data => Array.from(reader.decode(data), bytes => [...bytes]))
      expect(read).to.deep.equal(messages.filter(({ length }) => length > 0).map(m => [...m]))
    }), { numRuns: 60 })
  })

  it('reads a message of the most bytes there may be', () => {
    const message = new Uint8Array(0xffff).map((_, i) => i)
    const reader = new CiphertextReader()
    const read = cut(framed([message]), [30_000])
      .flatMap(chunk => Array.from(reader.decode(chunk), bytes => bytes.slice()))
    expect(read).to.deep.equal([message])
  })

  it('gives back the memory of a chunk as soon as its last message is read', () => {
    const reader = new CiphertextReader()
    const [first, second, third] = cut(
      framed([new Uint8Array(10), new Uint8Array(10), new Uint8Array(10)]), [12, 18, 6])
    expect([...reader.decode(first!)]).to.have.length(1)
    expect(first!.byteLength, 'it may have come with the handshake').to.equal(12)
    expect([...reader.decode(second!)]).to.have.length(1)
    expect(second!.byteLength, 'half a message is in it').to.equal(18)
    expect([...reader.decode(third!)]).to.have.length(1)
    expect([second!.byteLength, third!.byteLength]).to.deep.equal([0, 0])
  })

  it('keeps chunks that are parts of larger buffers', () => {
    const reader = new CiphertextReader()
    const buffer = new Uint8Array([...framed([new Uint8Array(4)]), 1, 2, 3])
    for (let i = 0; i < 2; i++) expect([...reader.decode(buffer.subarray(0, 6))]).to.have.length(1)
    expect(buffer.byteLength).to.equal(9)
  })
})
