import { expect } from 'chai'
import fc from 'fast-check'
import { AnswerReader, encodeHeader, RequestReader } from '../../../bench/bare/frames.ts'
import { PieceRequests } from '../../../bench/bare/requests.ts'

const MAX_BYTES = 500
const u32 = fc.integer({ min: 0, max: 0xffffffff })
const answer = fc.record({ id: u32, bytes: fc.uint8Array({ minLength: 1, maxLength: MAX_BYTES }) })

/** Cut every `step` bytes. */
function chunks (whole: Uint8Array, step: number): Uint8Array[] {
  const count = Math.ceil(whole.byteLength / step)
  return Array.from({ length: count }, (_, i) => whole.subarray(i * step, (i + 1) * step))
}

const framed = (id: number, bytes: Uint8Array) =>
  Buffer.concat([encodeHeader(id, bytes.byteLength), bytes])

describe('bench/bare/frames', () => {
  it('reads requests however they are cut', () => {
    const requests = fc.array(fc.record({ id: u32, piece: u32 }))
    fc.assert(fc.property(requests, fc.integer({ min: 1, max: 40 }), (sent, step) => {
      const reader = new RequestReader()
      const bytes = Buffer.concat(sent.map(({ id, piece }) => encodeHeader(id, piece)))
      expect(chunks(bytes, step).flatMap(chunk => reader.push(chunk))).to.deep.equal(sent)
    }))
  })

  it('puts answers together however they are cut', () => {
    const step = fc.integer({ min: 1, max: 700 })
    fc.assert(fc.property(fc.array(answer), step, (sent, step) => {
      const reader = new AnswerReader(MAX_BYTES)
      const whole = Buffer.concat(sent.map(({ id, bytes }) => framed(id, bytes)))
      const read = chunks(whole, step).flatMap(chunk => reader.push(chunk))
      expect(read.map(({ id, bytes }) => ({ id, bytes: Uint8Array.from(bytes) })))
        .to.deep.equal(sent.map(({ id, bytes }) => ({ id, bytes: Uint8Array.from(bytes) })))
    }))
  })

  it('refuses an answer longer than a piece before it takes memory for it', () => {
    const reader = new AnswerReader(MAX_BYTES)
    expect(() => reader.push(encodeHeader(1, MAX_BYTES + 1))).to.throw(RangeError)
  })
})

describe('bench/bare/requests', () => {
  it('gives each who asked the answer with its id, in whatever order answers come', async () => {
    const sent: number[] = []
    const requests = new PieceRequests(request => {
      sent.push(Buffer.from(request).readUInt32BE(0))
    }, MAX_BYTES)
    const [first, second] = [requests.get(7), requests.get(8)]
    requests.push(framed(sent[1]!, Buffer.from('eight')))
    requests.push(framed(sent[0]!, Buffer.from('seven')))
    expect(String(await first)).to.equal('seven')
    expect(String(await second)).to.equal('eight')
  })
})
