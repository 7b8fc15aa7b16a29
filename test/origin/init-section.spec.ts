import { readFileSync } from 'node:fs'
import { expect } from 'chai'
import fc from 'fast-check'
import { parseInitSection } from '../../origin/init-section.ts'
import { InvalidMediaError } from '../../protocols/errors.ts'

const fixture = (name: string): Uint8Array =>
  new Uint8Array(readFileSync(new URL(`../fixtures/media/${name}`, import.meta.url)))

describe('origin/init-section', () => {
  it('reads profile and level of H.264, the kind of AAC and the picture\'s size', () => {
    expect(parseInitSection(fixture('init-video.mp4'))).to.deep.equal({
      codecs: 'avc1.64000d,mp4a.40.2', resolution: { width: 320, height: 240 }
    })
  })

  it('reads sound without a picture', () => {
    expect(parseInitSection(fixture('init-audio.mp4'))).to.deep.equal({ codecs: 'mp4a.40.2' })
  })

  it('refuses random bytes by name', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), bytes => {
      expect(() => parseInitSection(bytes)).to.throw(InvalidMediaError)
    }))
  })

  it('reads a damaged section or refuses it by name, and nothing else', () => {
    const whole = fixture('init-video.mp4')
    const place = fc.nat(whole.length)
    fc.assert(fc.property(place, fc.nat(255), place, (at, byte, end) => {
      const damaged = whole.slice(0, end)
      if (at < end) damaged[at] = byte
      try {
        parseInitSection(damaged)
      } catch (err) {
        expect(err).to.be.instanceOf(InvalidMediaError)
      }
    }), { numRuns: 500 })
  })
})
