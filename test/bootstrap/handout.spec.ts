import { expect } from 'chai'
import fc from 'fast-check'
import { type Asker, handout, rttEstimator } from '../../bootstrap/handout.ts'
import { type Sketch, sketchOf } from '../../bootstrap/sketch.ts'
import type { NodeRecord } from '../../protocols/tracker/index.ts'

interface Node { record: NodeRecord, sketch: Sketch }
const node = (name: string, overrides: Partial<NodeRecord> = {}): Node => {
  const record = {
    peer: { toString: () => name }, role: 'peer', region: 'eu', rtts: [], ...overrides
  } as unknown as NodeRecord
  return { record, sketch: sketchOf(record) }
}
const estimateRtt = (asker: Asker, record: NodeRecord) => rttEstimator(asker)(sketchOf(record))
const at = (peer: string, rttMs: number) => [{ peer, rttMs }]
const names = (
  handed: Array<{ record: NodeRecord }>
): string[] => handed.map(({ record }) => `${record.peer}`)

/** A generator with a seed: what a test shows can be shown again. */
function seeded (seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
    return state / 2_147_483_648
  }
}

const candidates = fc.uniqueArray(fc.record({
  name: fc.nat(500).map(n => `n${n}`),
  role: fc.constantFrom('peer' as const, 'edge' as const, 'origin' as const),
  region: fc.constantFrom('eu', 'us'),
  rttMs: fc.nat(300)
}), { selector: ({ name }) => name, maxLength: 120 })
  .map(all => all.map(
    ({ name, role, region, rttMs }) => node(name, { role, region, rtts: at('landmark', rttMs) })
  ))
const asker = { peer: 'n1', region: 'eu', rtts: at('landmark', 20) }

describe('bootstrap/handout', () => {
  it('puts the same region first, then the lower RTT, and origins last', () => {
    const handed = handout([
      node(
        'origin', { role: 'origin', rtts: at('l', 20) }
      ), node('far', { region: 'us', rtts: at('l', 20) }),
      node('slow', { rtts: at('l', 90) }), node('near', { rtts: at('l', 25) }), node('unknown')
    ], { region: 'eu', rtts: at('l', 20) }, { limit: 10, random: seeded(1) })
    expect(names(handed)).to.deep.equal(['near', 'slow', 'unknown', 'far', 'origin'])
    expect(handed.map(({ rttMs }) => rttMs)).to.deep.equal([5, 70, undefined, 0, 0])
  })

  it('names everyone once, never the asker, and no more than the limit', () => {
    fc.assert(fc.property(candidates, fc.nat(80), fc.nat(), (all, limit, seed) => {
      const handed = names(handout(all, asker, { limit, random: seeded(seed) }))
      const others = names(all).filter(name => name !== 'n1')
      expect(handed).to.have.length(Math.min(limit, others.length))
      expect(new Set(handed).size).to.equal(handed.length)
      expect(handed).not.to.include('n1')
    }))
  })

  it('keeps the order of region, RTT and role whatever it leaves out', () => {
    fc.assert(fc.property(candidates, fc.integer(
      { min: 1, max: 80 }
    ), fc.nat(), (all, limit, seed) => {
      const handed = handout(all, asker, { limit, random: seeded(seed) })
      const key = ({ record, rttMs }: typeof handed[number]): number =>
        Number(record.role === 'origin') * 1e6 + Number(record.region !== 'eu') * 1e3 + rttMs!
      const keys = handed.map(key)
      expect(keys).to.deep.equal([...keys].sort((a, b) => a - b))
    }))
  })

  it('always has room for an origin', () => {
    fc.assert(fc.property(candidates, fc.integer(
      { min: 1, max: 80 }
    ), fc.nat(), (all, limit, seed) => {
      const hasOrigin = (some: Array<{ record: NodeRecord }>): boolean =>
        some.some(({ record }) => record.role === 'origin' && `${record.peer}` !== 'n1')
      expect(
        hasOrigin(handout(all, asker, { limit, random: seeded(seed) }))
      ).to.equal(hasOrigin(all))
    }))
  })

  it('hands out far ones and chance ones too, so that no group is an island', () => {
    const all = Array.from(
      { length: 200 }, (_, i) => node(`n${i + 10}`, { rtts: at('landmark', 20 + i) })
    )
    const met = new Map<string, number>()
    for (let round = 0; round < 50; round++) {
      for (const name of names(handout(all, asker, { limit: 16, random: seeded(round) }))) {
        met.set(name, (met.get(name) ?? 0) + 1)
      }
    }
    const near = names(all).slice(0, 10)
    const middle = names(all).slice(20, 180)
    const far = names(all).slice(-2)
    expect(near.every(name => met.get(name) === 50)).to.equal(true)
    expect(far.every(name => met.get(name) === 50)).to.equal(true)
    expect(middle.filter(name => met.has(name))).to.have.length.greaterThan(80)
  })

  it('estimates the RTT of strangers by their landmarks, and takes a measured one as it is', () => {
    const rtts = [...at('x', 10), ...at('y', 50)]
    expect(
      estimateRtt({ rtts }, node('a', { rtts: [...at('x', 14), ...at('y', 80)] }).record)
    ).to.equal(30)
    expect(estimateRtt({ rtts }, node('a', { rtts: at('z', 14) }).record)).to.equal(undefined)
    expect(estimateRtt({ rtts }, node('x', { rtts: at('y', 14) }).record)).to.equal(10)
    expect(estimateRtt({ peer: 'me' }, node('a', { rtts: at('me', 7) }).record)).to.equal(7)
  })

  it('goes by coordinates when both are sure, and by what was measured before that', () => {
    const placed = (x: number, error = 0.1) => ({ x, y: 0, heightMs: 1, error })
    const me = { peer: 'me', coordinate: placed(0), rtts: at('x', 10) }
    const there = (coordinate: NodeRecord['coordinate'], rtts = at('x', 14)) =>
      node('a', { coordinate, rtts }).record
    expect(estimateRtt(me, there(placed(30)))).to.equal(32)
    expect(estimateRtt(me, there(placed(30, 0.9)))).to.equal(4)
    expect(estimateRtt(me, there(undefined))).to.equal(4)
    expect(estimateRtt({ ...me, coordinate: placed(0, 0.9) }, there(placed(30)))).to.equal(4)
    expect(estimateRtt(me, there(placed(30), at('me', 7)))).to.equal(7)
    const handed = handout(
      [node('far', { coordinate: placed(90) }), node('near', { coordinate: placed(5) })],
      { ...me, region: 'eu' }, { limit: 9, random: seeded(1) })
    expect(names(handed)).to.deep.equal(['near', 'far'])
  })
})
