import { expect } from 'chai'
import { nextStep } from '../../../daemon/retrieval/pick.ts'
import type { Candidate, Situation } from '../../../daemon/retrieval/situation.ts'
import { fresh, sourceOf as source } from './situations.ts'

describe('daemon/retrieval/pick: what only another region has', () => {
  const far = source('peer', { id: 'far', rttMs: 120, isFar: true })
  const edge = source('edge')
  const picks = (offered: Candidate[], more: Partial<Situation> = {}) => {
    const step = nextStep(offered, { ...fresh, priority: 'prefetch', ...more }, () => 0.5)
    return step.do === 'ask' ? step.source : step.do
  }

  it('is brought here by one of ours, for whom the others wait', () => {
    expect(picks([far, edge], { regionClaim: 0, claim: 5 })).to.equal(far)
    expect(picks([far, edge], { regionClaim: 2, claim: 0 })).to.equal('wait')
    expect(picks([far, edge], { claim: 5 })).to.equal(far)
    const ours = source('peer', { id: 'ours', holds: 'loading' })
    expect(picks([far, ours, edge], { regionClaim: 0 })).to.equal('wait')
  })

  it('is not waited for where it is urgent, or ours have it', () => {
    expect(picks([far], { regionClaim: 2, priority: 'urgent' })).to.equal(far)
    const ours = source('peer', { id: 'ours', rttMs: 110, inFlight: 3 })
    expect(picks([far, ours, edge], { regionClaim: 2 })).to.equal(ours)
  })

  it('comes from the edge to the first who takes all of it as fast as it comes', () => {
    const isDownload = true
    expect(picks([far, edge], { isDownload })).to.equal(edge)
    expect(picks([far, edge], { isDownload, priority: 'playing' })).to.equal(edge)
    expect(picks([far, source('origin')], { isDownload })).to.equal(far)
    expect(picks([far], { isDownload })).to.equal(far)
    const ours = source('peer', { id: 'ours', rttMs: 110 })
    expect(picks([far, ours, edge], { isDownload })).to.equal(ours)
    expect(picks([far, edge], { isDownload, edges: 'busy' })).to.equal(far)
  })

  it('is taken from there when ours cannot make it', () => {
    const slow = source('peer', { id: 'slow', rateBytesPerSecond: 1000 })
    expect(picks([far, slow, edge])).to.equal(far)
  })
})
