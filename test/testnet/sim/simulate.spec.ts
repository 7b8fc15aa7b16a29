import { expect } from 'chai'
import type { RunRecord } from '../../../testnet/run-record.ts'
import { SERVER_WIRE } from '../../../testnet/scenario.ts'
import { PEER_WIRES, simulate } from '../../../testnet/sim/simulate.ts'
import type { Trace } from '../../../testnet/workload/trace.ts'

/** Each plays the first title, one after the other, and the last one leaves early. */
const TRACE: Trace = {
  titles: [{ name: 'one', seconds: 21, seed: 1 }],
  plays: [[{ title: 0, at: 0 }], [{ title: 0, at: 60 }], [{ title: 0, at: 120, leaves: 2 }]]
}

const played = (trace: Trace, seed = 1): Promise<RunRecord> => simulate({
  ...PEER_WIRES, scenario: 'test', seed, speed: 4, peers: trace.plays.length, edges: 1, degree: 2,
  rttMs: 40, serverBytesPerSecond: SERVER_WIRE, trace
})

describe('testnet/sim/simulate', () => {
  it('gives the same record for the same seed', async () => {
    const [one, other] = [await played(TRACE), await played(TRACE)]
    expect(other).to.deep.equal(one)
  })

  it('plays every title to its end without a stall', async () => {
    const { plays, durationMs } = await played(TRACE)
    expect(plays.map(({ node }) => node)).to.deep.equal(['peer-1', 'peer-2', 'peer-3'])
    for (const play of plays) expect(play).to.include({ segments: 3, missing: 0, stalls: 0 })
    expect(durationMs).to.be.within(30_000, 33_000)
  })

  it('has the second listener get from the first what it has', async () => {
    const { nodes, bounds, flows } = await played(TRACE)
    const [first, second] = nodes
    expect(first!.fetched.peer).to.equal(0)
    expect(first!.fetched.edge).to.be.greaterThan(bounds.floorBytes)
    expect(second!.fetched.peer).to.be.greaterThan(bounds.floorBytes / 2)
    expect(flows[0]).to.include({ from: 'peer-1', to: 'peer-2' })
    expect(first!.held).to.deep.equal([1])
  })

  it('begins after at least the round trips that there are', async () => {
    const { plays } = await played(TRACE)
    // Connection, root, page, first block: from an edge that gets each from the origin.
    expect(plays[0]!.startUpMs).to.be.within(4 * 40, 16 * 40)
    expect(plays[0]!.start).to.equal('cold')
  })
})
