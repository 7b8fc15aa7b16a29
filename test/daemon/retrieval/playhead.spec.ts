import { expect } from 'chai'
import fc from 'fast-check'
import { Playhead } from '../../../daemon/retrieval/playhead.ts'

const T0 = 1_000_000

describe('daemon/retrieval/playhead', () => {
  it('plays from when it has its first segment', () => {
    const playhead = new Playhead()
    playhead.seek(40_000)
    expect(playhead.position(T0)).to.equal(40_000)
    expect(playhead.neededMs(50_000, T0)).to.equal(T0 + 10_000)
    playhead.give(40_000, 50_000, T0 + 200)
    expect(playhead.position(T0 + 4200)).to.equal(44_000)
    expect(playhead.neededMs(50_000, T0 + 4200)).to.equal(T0 + 10_200)
    expect(playhead.neededMs(60_000, T0 + 4200)).to.equal(T0 + 20_200)
  })

  it('stands when it has nothing more to play, and goes on when it has', () => {
    const playhead = new Playhead()
    playhead.seek(0)
    playhead.give(0, 10_000, T0)
    expect(playhead.isWaiting(T0 + 9_999)).to.equal(false)
    expect(playhead.isWaiting(T0 + 10_000)).to.equal(true)
    expect(playhead.position(T0 + 60_000)).to.equal(10_000)
    expect(playhead.neededMs(10_000, T0 + 60_000)).to.equal(T0 + 60_000)
    playhead.give(10_000, 20_000, T0 + 60_000)
    expect(playhead.position(T0 + 61_000)).to.equal(11_000)
  })

  it('has played since it began or went on, and not before', () => {
    const playhead = new Playhead()
    playhead.seek(0)
    expect(playhead.playedMs(T0)).to.equal(0)
    playhead.give(0, 10_000, T0)
    playhead.give(10_000, 20_000, T0 + 5_000)
    expect(playhead.playedMs(T0 + 6_000)).to.equal(6_000)
    playhead.give(20_000, 30_000, T0 + 60_000)
    expect(playhead.playedMs(T0 + 61_000)).to.equal(1_000)
    playhead.seek(90_000)
    expect(playhead.playedMs(T0 + 62_000)).to.equal(0)
  })

  it('jumps, and has nothing there yet', () => {
    const playhead = new Playhead()
    playhead.seek(0)
    playhead.give(0, 10_000, T0)
    playhead.seek(300_000)
    expect(playhead.isWaiting(T0 + 1)).to.equal(true)
    expect(playhead.neededMs(300_000, T0 + 1)).to.equal(T0 + 1)
  })

  it('never goes back while nothing is sought, nor needs media in the past', () => {
    const gifts = fc.array(fc.record({ afterMs: fc.nat(20_000), lengthMs: fc.nat(10_000) }))
    fc.assert(fc.property(gifts, given => {
      const playhead = new Playhead()
      playhead.seek(0)
      let [now, end, position] = [T0, 0, 0]
      for (const { afterMs, lengthMs } of given) {
        now += afterMs
        playhead.give(end, end + lengthMs, now)
        end += lengthMs
        expect(playhead.position(now)).to.be.within(position, end)
        expect(playhead.neededMs(end, now)).to.be.at.least(now)
        position = playhead.position(now)
      }
    }))
  })
})
