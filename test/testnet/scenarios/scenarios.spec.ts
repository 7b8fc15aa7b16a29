import { expect } from 'chai'
import { SCENARIOS } from '../../../testnet/scenarios/index.ts'
import { figuresOf } from '../../../testnet/run-figures.ts'
import type { Scene } from '../../../testnet/scenario.ts'
import { playedRecord } from '../played-record.ts'

const named = ['time until all were up', 'server bytes ÷ played', 'server bytes ÷ floor',
  'start-up p50 ÷ plain HTTP']
const text = (scene: Scene): string => JSON.stringify([scene.trace, scene.acts])

describe('testnet/scenarios', () => {
  it('are those that the issue names, each of another name', () => {
    expect(SCENARIOS.map(({ name }) => name)).to.have.members([
      'flash-crowd', 'zipf-day', 'churn', 'edge-lost', 'origin-lost', 'tracker-lost', 'polluters',
      'free-riders', 'slow-peers', 'partition-heals', 'everything'
    ])
  })

  it('have a crowd come one after the other, of many one every two seconds', () => {
    const { scene } = SCENARIOS.find(({ name }) => name === 'flash-crowd')!
    for (const [peers, everyS] of [[20, 0.1], [160, 2]] as const) {
      const { plays } = scene({ peers, seed: 3, isShort: false }).trace
      for (const [i, [{ at } = { at: -1 }]] of plays.entries()) {
        expect(at).to.be.closeTo((i + 0.5) * everyS, 0.5 * everyS + 1e-9)
      }
    }
  })

  const known = new Set([...named, ...figuresOf(playedRecord({ startUpMs: [1] }))
    .map(({ name }) => name)])

  for (const { name, scene } of SCENARIOS) {
    const size = { peers: 20, seed: 3, isShort: false }

    it(`${name} is the same for the same seed, and another for another`, () => {
      expect(text(scene(size))).to.equal(text(scene(size)))
      expect(text(scene(size))).not.to.equal(text(scene({ ...size, seed: 4 })))
    })

    it(`${name} has all of as many listeners play, in order, titles that there are`, () => {
      for (const isShort of [true, false]) {
        const { trace: { titles, plays } } = scene({ ...size, peers: 7, isShort })
        expect(plays).to.have.length(7)
        for (const day of plays) {
          expect(day.every(({ title }) => titles[title] != null)).to.equal(true)
          const begins = day.map(({ at }) => at)
          expect(begins).to.deep.equal(begins.toSorted((a, b) => a - b))
        }
      }
    })

    it(`${name} has its acts within its day, and judges by figures that there are`, () => {
      for (const isShort of [true, false]) {
        const { trace, acts, goals } = scene({ ...size, peers: 160, isShort })
        const last = Math.max(...trace.plays.flat().map(({ at }) => at))
        for (const { at = 0, healsAt = at } of acts) {
          expect([at >= 0, healsAt >= at, healsAt <= last]).to.deep.equal([true, true, true])
        }
        expect(goals.length).to.be.greaterThan(2)
        const unknown = goals.filter(goal => 'figure' in goal && !known.has(goal.figure))
        expect(unknown).to.deep.equal([])
      }
    })
  }
})
