import { expect } from 'chai'
import type { Figures, Step } from '../../../protocols/dashboard/index.ts'
import { curvesOf, HOUR_MS, lately, withStep } from '../../../web/dashboard/figures.ts'

const STEP_MS = 30_000
const step = (number: number, overrides: Partial<Step> = {}): Step => ({
  atMs: number * STEP_MS, nodes: { peer: 3, edge: 1, origin: 0, bootstrap: 1 }, reporting: 2,
  cut: 0, sums: {}, starts: [], ...overrides
})
const figuresOf = (steps: Step[]): Figures =>
  ({ stepMs: STEP_MS, steps, top: [], titles: [], isWhole: true })

describe('web/dashboard/figures', () => {
  it('adds a step, and lets go of what is over an hour old', () => {
    const news = { step: step(200), top: [], titles: [], isWhole: false }
    const { steps, isWhole } = withStep(figuresOf([step(1), step(80), step(199)]), news)
    expect([steps.map(({ atMs }) => atMs / STEP_MS), isWhole]).to.deep.equal([[199, 200], false])
    expect(withStep(figuresOf([step(81)]), news).steps).to.have.length(2)
  })

  it('takes the steps of the last while, counted from the last', () => {
    const all = figuresOf([step(1), step(11), step(12)])
    expect(lately(all, 60_000).map(({ atMs }) => atMs / STEP_MS)).to.deep.equal([11, 12])
    expect(lately(all, HOUR_MS)).to.have.length(3)
    expect(lately(figuresOf([]), HOUR_MS)).to.deep.equal([])
  })

  it('draws rates and shares over two minutes, and nothing where nothing is known', () => {
    const sums = { peer: { peer: 900_000, edge: 300_000, given: 1_200_000 } }
    const { at, peer, edge, peerShare, saved, p50, nodes, reporting } =
      curvesOf(figuresOf([step(1), step(2, { sums }), ...[3, 4, 5, 6].map(n => step(n))]))
    expect(at[1]).to.equal(60)
    expect(peer.map(Math.round)).to.deep.equal([0, 120_000, 80_000, 60_000, 60_000, 0])
    expect(edge[1]).to.equal(40_000)
    expect(peerShare).to.deep.equal([null, 75, 75, 75, 75, null])
    expect(saved[1]).to.equal(100)
    expect([p50[1], nodes[0], reporting[0]]).to.deep.equal([null, 5, 2])
  })
})
