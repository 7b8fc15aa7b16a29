import { expect } from 'chai'
import fc from 'fast-check'
import { Uint8ArrayList } from 'uint8arraylist'
import { encodeFrame, FrameReader } from '../../protocols/frame.ts'
import { MAX_FRAME_HEADER_BYTES } from '../../protocols/limits.ts'

interface Frame { header: Uint8Array, payload: Uint8Array }

/** A reader that takes the first header byte as the payload's length. */
function reader (): { frames: Frame[], reader: FrameReader } {
  const frames: Frame[] = []
  let header = new Uint8Array(0)
  let payload: number[] = []
  const made = new FrameReader({
    header: bytes => {
      header = bytes.slice()
      payload = []
      return bytes[0]!
    },
    payload: chunk => { payload.push(...chunk) },
    end: () => { frames.push({ header, payload: Uint8Array.from(payload) }) }
  })
  return { frames, reader: made }
}

const frame = (header: number[], payload: number[] = []): Uint8Array =>
  encodeFrame(Uint8Array.from([payload.length, ...header]), Uint8Array.from(payload)).subarray()

describe('protocols/frame', () => {
  it('writes the length of the header before it and the payload behind it', () => {
    const short = encodeFrame(Uint8Array.of(1, 2), Uint8Array.of(9)).subarray()
    expect([...short]).to.deep.equal([2, 1, 2, 9])
    const long = encodeFrame(new Uint8Array(300)).subarray()
    expect([...long.subarray(0, 2)]).to.deep.equal([0xac, 0x02])
    expect(long).to.have.length(302)
  })

  it('refers to the payload instead of copying it', () => {
    const payload = new Uint8Array(1000)
    const parts = [...encodeFrame(Uint8Array.of(1), payload)]
    expect(parts.some(part => part.buffer === payload.buffer)).to.equal(true)
  })

  it('reads the same frames wherever the bytes are cut', () => {
    const whole = Uint8Array.from([
      ...frame([1, 2, 3], [4, 5]), ...frame(Array(200).fill(7)), ...frame([8], [9])
    ])
    const expected = reader()
    expected.reader.push(whole)
    expect(expected.frames).to.have.length(3)
    for (let cut = 0; cut <= whole.length; cut++) {
      const cutted = reader()
      cutted.reader.push(whole.subarray(0, cut))
      cutted.reader.push(new Uint8ArrayList(whole.subarray(cut)))
      expect(cutted.frames, `cut at ${cut}`).to.deep.equal(expected.frames)
    }
    const bytewise = reader()
    whole.forEach(byte => { bytewise.reader.push(Uint8Array.of(byte)) })
    expect(bytewise.frames).to.deep.equal(expected.frames)
  })

  it('refuses a header over the limit before it comes, an endless length, and no header', () => {
    const over = MAX_FRAME_HEADER_BYTES + 1
    const length = [(over & 0x7f) | 0x80, ((over >> 7) & 0x7f) | 0x80, over >> 14]
    for (const bytes of [length, [0xff, 0xff, 0xff], [0x80, 0x80, 0x80], [0]]) {
      expect(() => { reader().reader.push(Uint8Array.from(bytes)) })
        .to.throw().with.property('name', 'InvalidMessageError')
    }
  })

  it('reads a header of exactly the limit', () => {
    const { frames, reader: made } = reader()
    made.push(encodeFrame(new Uint8Array(MAX_FRAME_HEADER_BYTES)))
    expect(frames[0]?.header).to.have.length(MAX_FRAME_HEADER_BYTES)
  })

  it('drops what comes after it was stopped, within one chunk too', () => {
    const seen: number[] = []
    const made = new FrameReader({
      header: bytes => {
        seen.push(bytes[0]!)
        made.stop()
        return 0
      },
      payload: () => {},
      end: () => {}
    })
    made.push(Uint8Array.of(1, 5, 1, 6))
    expect(seen).to.deep.equal([5])
  })

  it('throws only InvalidMessageError for random bytes', () => {
    fc.assert(fc.property(fc.array(fc.uint8Array({ maxLength: 64 })), chunks => {
      const { reader: made } = reader()
      try {
        chunks.forEach(chunk => { made.push(chunk) })
      } catch (err) {
        expect(err).to.have.property('name', 'InvalidMessageError')
      }
    }))
  })
})
