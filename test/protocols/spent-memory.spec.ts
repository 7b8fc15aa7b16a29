import { expect } from 'chai'
import { giveBack, lend } from '../../protocols/spent-memory.ts'

const LARGE = 32 * 1024
const lent = (bytes = LARGE) => lend(new Uint8Array(bytes).fill(7))

describe('protocols/spent-memory', () => {
  it('frees what was lent once its reader gives it back', () => {
    const bytes = lent()
    giveBack(bytes)
    expect(bytes.byteLength).to.equal(0)
  })

  it('frees it when all but the header of a frame is given back', () => {
    const bytes = lent()
    giveBack(bytes.subarray(12))
    expect(bytes.byteLength).to.equal(0)
  })

  it('keeps what others may have to read: a part, and what stands behind it', () => {
    const bytes = lent()
    giveBack(bytes.subarray(13))
    giveBack(bytes.subarray(0, LARGE - 1))
    expect(bytes.byteLength).to.equal(LARGE)
  })

  it('keeps what was not lent, is small or lies in a buffer with others', () => {
    const own = new Uint8Array(LARGE)
    giveBack(own)
    expect(own.byteLength).to.equal(LARGE)
    const small = lent(100)
    giveBack(small)
    expect(small.byteLength).to.equal(100)
    const shared = new Uint8Array(2 * LARGE)
    giveBack(lend(shared.subarray(LARGE)))
    expect(shared.byteLength).to.equal(2 * LARGE)
  })
})
