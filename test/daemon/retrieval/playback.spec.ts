import { expect } from 'chai'
import { Playback } from '../../../daemon/retrieval/playback.ts'

/** Segments of two seconds and a thousand bytes. */
const segment = (number: number) => ({ startMs: number * 2_000, durationMs: 2_000, size: 1_000 })

describe('daemon/retrieval/playback', () => {
  const rig = () => {
    const told: Array<[string, ...number[]]> = []
    const time = { nowMs: 0 }
    const playback = new Playback({
      clock: () => time.nowMs,
      metrics: {
        started: ms => { told.push(['started', ms]) },
        stalled: ms => { told.push(['stalled', ms]) },
        given: (mediaMs, bytes) => { told.push(['given', mediaMs, bytes]) }
      }
    })
    /** Segment `number`, asked for at one moment and given at another. */
    const give = (number: number, askedMs: number, givenMs: number, name = 'title client') => {
      time.nowMs = givenMs
      playback.given(name, segment(number), askedMs, givenMs)
    }
    const events = (kind: string) => told.filter(([name]) => name === kind).map(([, ...ms]) => ms)
    return { playback, give, events, time }
  }

  it('counts as start-up what a listener waited for, playlist and first segment', () => {
    const { playback, give, events } = rig()
    playback.opened('title client', 40)
    playback.opened('title client', 5)
    give(0, 1_000, 1_100)
    playback.opened('title client', 700) // It changes to another rendition.
    give(1, 1_200, 1_300)
    give(0, 1_200, 1_250, 'title another')
    expect(events('started')).to.deep.equal([[145], [50]])
    expect(events('given')).to.deep.equal([[2_000, 1_000], [2_000, 1_000], [2_000, 1_000]])
  })

  it('counts a stall from when the media ran out, or was asked for, if that was later', () => {
    const { give, events } = rig()
    give(0, 0, 100) // Lasts until 2,100.
    give(1, 200, 2_050) // Lasts until 4,100.
    give(2, 2_100, 4_600)
    give(3, 20_000, 20_300) // It had been paused.
    expect(events('stalled')).to.deep.equal([[500], [300]])
  })

  it('takes no moment for a stall, and no jump', () => {
    const { give, events } = rig()
    give(0, 0, 100)
    give(1, 2_150, 2_240)
    give(100, 10_000, 12_000)
    give(101, 12_100, 13_900)
    give(3, 14_000, 19_000)
    expect(events('stalled')).to.deep.equal([])
    expect(events('started')).to.have.length(1)
  })

  it('forgets who was silent for ten minutes', () => {
    const { give, events } = rig()
    give(0, 0, 100)
    give(1, 700_000, 700_020)
    expect([events('started'), events('stalled')]).to.deep.equal([[[100], [20]], []])
  })
})
