import { readFileSync } from 'node:fs'
import { expect } from 'chai'
import fc from 'fast-check'
import { fragmentEndMs } from '../../origin/fragment.ts'
import { InvalidMediaError } from '../../protocols/errors.ts'

const fixture = (name: string): Uint8Array =>
  new Uint8Array(readFileSync(new URL(`../fixtures/media/${name}`, import.meta.url)))

describe('origin/fragment', () => {
  const init = fixture('fragment-init.mp4')
  /** 400 ms of picture, and 800 ms of sound behind the frame that an AAC encoder puts first. */
  const segment = fixture('fragment.m4s')

  it('ends where the longest of the tracks does', () => {
    expect(fragmentEndMs(init, segment)).to.be.closeTo((1024 + 800 * 48) / 48, 0.001)
  })

  it('refuses a segment of tracks that its init section has not', () => {
    expect(() => fragmentEndMs(new Uint8Array(), segment)).to.throw(InvalidMediaError, /track/)
  })

  it('reads damaged bytes or refuses them by name, and nothing else', () => {
    const at = fc.nat(1200)
    fc.assert(fc.property(fc.boolean(), at, fc.nat(255), at, (isInit, at, byte, end) => {
      const damaged = (isInit ? init : segment).slice(0, end)
      if (at < damaged.length) damaged[at] = byte
      try {
        fragmentEndMs(isInit ? damaged : init, isInit ? segment : damaged)
      } catch (err) {
        expect(err).to.be.instanceOf(InvalidMediaError)
      }
    }), { numRuns: 500 })
  })
})
