import { expect } from 'chai'
import type { PageState } from '../../../bench/pages/page-api.ts'
import { endsOf, type Stage, stallsOf, wrongSegments } from '../../../bench/pages/stage.ts'

const state = (given: Partial<PageState> = {}): PageState => ({
  currentSeconds: 60,
  isEnded: true,
  stalls: 0,
  stalledMs: 0,
  given: [],
  wireBytes: 0,
  told: { peerBytes: 0, serverBytes: 0, sentByPeersBytes: 0, neighbours: 0 },
  ...given
})

describe('bench/pages/stage', () => {
  it('says how many played to the end, and where the others stand', () => {
    expect(endsOf([state(), state()])).to.equal('2 of 2')
    expect(endsOf([state(), state({ isEnded: false, currentSeconds: 20.2 })]))
      .to.equal('1 of 2 (at 20 s)')
  })

  it('adds up stalls, one that has not ended among them', () => {
    expect(stallsOf([state()])).to.equal('0')
    expect(stallsOf([state({ stalls: 2, stalledMs: 1_500 }), state({ stalledMs: 4_000 })]))
      .to.equal('2, 5.5 s')
  })

  it('counts the segments that are not the publisher\'s', () => {
    const stage = { servers: { title: { segmentHashes: new Set(['a', 'b']) } } } as unknown as Stage
    expect(wrongSegments(stage, state({ given: ['a', 'b', 'a'] }))).to.equal(0)
    expect(wrongSegments(stage, state({ given: ['a', 'c', 'c'] }))).to.equal(2)
  })
})
