import { expect } from 'chai'
import type { RunRecord } from '../../../testnet/run-record.ts'
import { SERVER_WIRE } from '../../../testnet/scenario.ts'
import { PEER_WIRES, type SimulationInit, simulate } from '../../../testnet/sim/simulate.ts'
import type { Trace } from '../../../testnet/workload/trace.ts'

/** Each plays the first title, one after the other, and the last one leaves early. */
const TRACE: Trace = {
  titles: [{ name: 'one', seconds: 21, seed: 1 }],
  plays: [[{ title: 0, at: 0 }], [{ title: 0, at: 60 }], [{ title: 0, at: 120, leaves: 2 }]]
}

const played = (
  trace: Trace, more: Partial<SimulationInit> = {}
): Promise<RunRecord> => simulate({
  ...PEER_WIRES, scenario: 'test', seed: 1, speed: 4, peers: trace.plays.length, edges: 1,
  degree: 2, rttMs: 40, serverBytesPerSecond: SERVER_WIRE, trace, ...more
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

  it('begins later the fewer processors there are, and works on packs side by side', async () => {
    const startUpMs = async (pack: number, cores: number): Promise<number> => {
      // Two begin at a time.
      const plays = [0, 0, 60].map(at => [{ title: 0, at }])
      const record = await played({ ...TRACE, plays }, { processors: { pack, cores } })
      return record.plays.reduce((sum, play) => sum + play.startUpMs!, 0)
    }
    const [enough, shared] = [await startUpMs(1, 8), await startUpMs(3, 8)]
    const few = await startUpMs(1, 0.05)
    expect(few).to.be.greaterThan(1.2 * enough)
    expect(shared).to.be.greaterThan(enough)
  })

  it('begins after at least the round trips that there are', async () => {
    const { plays } = await played(TRACE)
    // Connection, root, page, first block: from an edge that gets each from the origin.
    expect(plays[0]!.startUpMs).to.be.within(4 * 40, 16 * 40)
    expect(plays[0]!.start).to.equal('cold')
  })
})
