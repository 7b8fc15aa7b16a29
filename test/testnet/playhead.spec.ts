import { expect } from 'chai'
import { Playhead } from '../../testnet/playhead.ts'

/** Busy, so that the test does not wait for a timer that may come late. */
function pass (ms: number): void {
  for (const endMs = performance.now() + ms; performance.now() < endMs;) {}
}

const open = (durationMs = 10_000): Playhead =>
  new Playhead({ openedAtMs: performance.now(), speed: 4, durationMs })

describe('testnet/playhead', () => {
  it('begins with a second of media, or with all of a shorter title', () => {
    const long = open()
    long.advance(999)
    expect(long.startUpMs).to.deep.equal(Number.NaN)
    long.advance(1000)
    expect(long.startUpMs).to.be.greaterThan(0)
    const short = open(300)
    short.advance(300)
    expect(short.startUpMs).to.be.greaterThan(0)
  })

  it('runs as fast as it is told, and stands where media end', () => {
    const playhead = open()
    playhead.advance(1000)
    pass(5)
    expect(playhead.positionMs).to.be.within(20, 500)
    playhead.advance(playhead.positionMs / 2)
    playhead.advance(2000)
    expect(playhead.stalls).to.equal(1)
  })

  it('counts one stall a segment, however many pieces of it are late', () => {
    const playhead = open()
    playhead.advance(1000)
    // Media that were taken for present turn out not to be.
    const late = (): void => {
      playhead.advance(0)
      pass(2)
      playhead.advance(1)
    }
    late()
    late()
    expect(playhead.stalls).to.equal(1)
    playhead.endSegment()
    late()
    expect(playhead.stalls).to.equal(2)
    expect(playhead.stalledMs).to.be.greaterThan(4)
  })
})
