import { expect } from 'chai'
import type { Candidate, Situation } from '../../../daemon/retrieval/situation.ts'
import { picked, sourceOf as source, stepOf } from './situations.ts'

describe('daemon/retrieval/pick, what others load', () => {
  const loading = source('peer', { id: 'loading', holds: 'loading' })
  const edge = source('edge')
  const until = (offered: Candidate[], more: Partial<Situation> = {}): number => {
    let nowMs = 0
    for (let step = stepOf(offered, more); step.do === 'wait' && nowMs < 60_000;) {
      nowMs += Math.max(1, step.ms)
      step = stepOf(offered, { ...more, nowMs })
    }
    return nowMs
  }

  it('is waited for, for a share of the slack, which is longer ahead of the playhead', () => {
    expect(until([loading, edge])).to.be.within(1700, 2000)
    expect(until([loading, edge], { neededMs: 600 })).to.be.within(150, 300)
    expect(until([loading, edge], { neededMs: 100 })).to.equal(0)
    expect(until([loading, edge], { priority: 'prefetch' })).to.be.within(4500, 5000)
    expect(until([loading, edge], { priority: 'urgent' })).to.equal(0)
  })

  it('is waited for half as long of an owner that has not said so', () => {
    const stranger = source('peer', { holds: 'unknown' })
    const [told, untold] = [
      until([loading, edge], { claim: 3 }), until([stranger, edge], { claim: 3 })
    ]
    expect(untold).to.be.closeTo(told / 2, 1)
    expect(until([stranger, edge], { claim: 0 })).to.equal(0)
  })

  it('is not waited for long by who takes all of it as fast as it comes', () => {
    const stranger = source('peer', { holds: 'unknown' })
    const download = { isDownload: true, priority: 'prefetch' } as const
    expect(until([loading, edge], download)).to.be.within(350, 500)
    expect(until([stranger, edge], { ...download, claim: 9 })).to.be.within(150, 250)
    expect(until([stranger, edge], { ...download, isSeeking: true })).to.be.within(350, 500)
    expect(until([loading, edge], { ...download, neededMs: 600 }))
      .to.equal(until([loading, edge], { priority: 'prefetch', neededMs: 600 }))
  })

  it('is waited for less long by those whose turn is next', () => {
    const stranger = source('peer', { holds: 'unknown' })
    for (const others of [stranger, loading]) {
      const waits = [1, 2, 3, 9].map(claim => until([others, edge], { claim }))
      expect(waits).to.deep.equal(waits.toSorted((a, b) => a - b))
      const apart = waits.map(ms => ms - waits[0]!)
      expect(apart[2]! / apart[1]!, 'turns are evenly apart').to.be.closeTo(2, 0.02)
      expect(apart[3]! / apart[1]!).to.be.closeTo(8, 0.1)
    }
  })

  it('is waited for no longer by the last of thousands than by the twentieth', () => {
    expect(until([loading, edge], { claim: 5_000 })).to.equal(until([loading, edge], { claim: 19 }))
  })

  it('is waited for as well where who has it has no room, if it can wait', () => {
    const isHeldByBusy = true
    expect(until([edge], { isHeldByBusy, neededMs: 5_000 }))
      .to.equal(until([loading, edge], { neededMs: 5_000 }))
    expect(until([edge], { isHeldByBusy, priority: 'prefetch' }))
      .to.equal(until([loading, edge], { priority: 'prefetch' }))
    expect(picked([edge], { isHeldByBusy })).to.equal(edge)
  })

  it('is looked for before a server is asked, unless it is urgent or somebody has it', () => {
    const stranger = source('peer', { holds: 'unknown' })
    const isSeeking = true
    expect(until([stranger, edge], { isSeeking, priority: 'prefetch' })).to.be.within(4500, 5000)
    expect(until([stranger, edge], { isSeeking, neededMs: 600 })).to.be.within(150, 300)
    const priority = 'urgent'
    expect(picked([stranger, edge], { isSeeking, priority })).to.equal(edge)
    expect(picked([stranger, edge], { isSeeking, priority: 'playing' })).to.equal(edge)
    const soon = { isSeeking, priority, neededMs: 1_000 } as const
    expect(until([stranger, edge], soon)).to.be.within(300, 400)
    const isSearchSlow = true
    expect(picked([stranger, edge], { ...soon, isSearchSlow })).to.equal(edge)
    expect(until([stranger, edge], { isSeeking, isSearchSlow, priority: 'prefetch' }))
      .to.be.within(4500, 5000)
    expect(picked([edge, source('peer')], { isSeeking })).to.have.property('kind', 'peer')
    expect(picked([stranger], { isSeeking, edges: 'failed' })).to.equal(stranger)
    const besides = { isSeeking, priority: 'prefetch', claim: 3 } as const
    for (const others of [stranger, loading]) {
      expect(until([others, edge], besides), 'one more reason').to.be.within(4500, 5000)
    }
    expect(picked([edge], { isSeeking, policy: 'server-first' })).to.equal(edge)
  })

  it('is not waited for where somebody has the block, or servers come first', () => {
    const holder = source('peer', { id: 'holder' })
    expect(picked([loading, edge, holder])).to.equal(holder)
    expect(picked([holder, edge], { claim: 1 })).to.equal(holder)
    expect(picked([loading, edge], { policy: 'server-first' })).to.equal(edge)
  })
})
