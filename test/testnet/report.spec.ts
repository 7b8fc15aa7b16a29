import { expect } from 'chai'
import type { Play } from '../../testnet/player.ts'
import {
  amiss, type ListenerResult, median, mib, ms, percent, type RunResult, tableOf, totalLines,
  totalsOf
} from '../../testnet/report.ts'

const MIB = 1024 * 1024

const played = (more: Partial<Play> = {}): Play => ({
  startUpMs: 100,
  firstSegmentMs: 120,
  opening: [],
  stalls: 0,
  stalledMs: 0,
  segments: 10,
  missing: 0,
  bytes: MIB,
  verifiedBytes: MIB,
  files: [],
  startedFrom: {}, fromPeers: [],
  ...more
})

const listener = (
  name: string, [peer, edge, origin]: [number, number, number], more: Partial<Play> = {}
): ListenerResult =>
  ({ name, region: 'eu', play: played(more), fetched: { peer, edge, origin } })

const failed: ListenerResult = {
  name: 'peer-9', region: 'eu', error: 'no answer', fetched: { peer: 0, edge: 0, origin: 0 }
}

const run = (listeners: ListenerResult[], more: Partial<RunResult> = {}): RunResult => ({
  seed: 1,
  title: { id: 'bafy', size: MIB, segments: 10, durationMs: 100_000 },
  speed: 4,
  edges: 2,
  originBytes: 2 * MIB,
  edgeBytes: 3 * MIB,
  listeners,
  faults: [],
  harm: { mismatches: 0, metBy: 0, bannedBy: 0 },
  ...more
})

const four = [
  listener('peer-1', [0, 100, 0], { startUpMs: 400 }),
  listener('peer-2', [50, 30, 20], { startUpMs: 300, stalls: 1, stalledMs: 1500 }),
  listener('peer-3', [100, 0, 0], { startUpMs: 200 }),
  listener('peer-4', [90, 10, 0], { startUpMs: 100 })
]

describe('testnet/report', () => {
  it('adds up who got what from whom, also for those who came last', () => {
    expect(totalsOf(run(four))).to.deep.equal({
      peers: 4,
      share: { peer: 0.6, edge: 0.35, origin: 0.05 },
      lateHalfFromPeers: 0.95,
      originCopiesPerEdge: 1,
      medianStartUpMs: 250,
      stalls: 1,
      missing: 0,
      wrongBytes: 0,
      failed: 0
    })
  })

  it('counts the copies the origin sent as its own where there is no edge', () => {
    expect(totalsOf(run(four, { edges: 0 })).originCopiesPerEdge).to.equal(2)
  })

  it('has nothing amiss when everybody played everything as published', () => {
    expect(amiss(run(four))).to.deep.equal([])
  })

  const wrong: Record<string, RunResult> = {
    '1 of 2 listeners could not open the title': run([four[0]!, failed]),
    '2 segments missing': run([listener('a', [1, 0, 0], { missing: 2 })]),
    '24 wrong bytes': run([listener('a', [1, 0, 0], { verifiedBytes: MIB - 24 })]),
    '"edge-lost" never struck': run(four, { faults: [{ fault: 'edge-lost', event: undefined }] }),
    'nobody was sent an altered block, so that nothing was tried': run(four, {
      faults: [{ fault: 'corrupt-peer', event: 'a peer spoils' }]
    }),
    '2 nodes that were sent altered blocks banned nobody': run(four, {
      faults: [{ fault: 'corrupt-peer', event: 'a peer spoils' }],
      harm: { mismatches: 5, metBy: 3, bannedBy: 1 }
    })
  }
  for (const [phrase, result] of Object.entries(wrong)) {
    it(`finds amiss: ${phrase}`, () => {
      expect(amiss(result)).to.deep.equal([phrase])
    })
  }

  it('lets a corrupt peer pass that was met and banned by all it met', () => {
    expect(amiss(run(four, {
      faults: [{ fault: 'corrupt-peer', event: 'a peer spoils' }],
      harm: { mismatches: 5, metBy: 3, bannedBy: 3 }
    }))).to.deep.equal([])
  })

  it('draws a row a listener, also for one that did not play', () => {
    const rows = tableOf(run([...four, failed])).split('\n').map(row =>
      row.split('│').map(cell => cell.trim()).filter(cell => cell !== ''))
    expect(rows).to.deep.include(
      ['peer-2', '300 ms', '10/10', '0.00 MiB', '0.00 MiB', '0.00 MiB', '1 (1500 ms)', '100.0 %'])
    expect(rows).to.deep.include(
      ['peer-1', '400 ms', '10/10', '–', '0.00 MiB', '–', '0', '100.0 %'])
    expect(rows).to.deep.include(['peer-9', 'no answer'])
  })

  it('says the totals in words, and harm only where there was some', () => {
    const words = totalLines(run(four)).join('\n')
    expect(words).to.contain('60.0 % from peers, 35.0 % from edges, 5.0 % from the origin')
      .and.to.contain('the later half of the listeners took 95.0 % from peers')
      .and.to.contain('the origin sent the title 1.00 times an edge, the edges 3.00 times in all')
      .and.to.contain('at 4 × real time, start-up 250 ms (median), 1 stalls')
    expect(words).not.to.contain('harm')
    const harm = { mismatches: 5, metBy: 3, bannedBy: 2 }
    expect(totalLines(run(four, { harm })).at(-1))
      .to.contain('altered blocks refused: 5, by 3 of the nodes; the sender banned by 2')
  })

  it('takes the middle of what was measured, and leaves out what was not', () => {
    expect([median([3, 1, 2]), median([4, 1, 2, 3]), median([Number.NaN, 5])])
      .to.deep.equal([2, 2.5, 5])
    expect(median([])).to.deep.equal(Number.NaN)
  })

  it('writes figures as people read them', () => {
    expect([percent(0.123), mib(0), mib(MIB * 1.5), ms(9_999), ms(10_000), ms(Number.NaN)])
      .to.deep.equal(['12.3 %', '–', '1.50 MiB', '9999 ms', '10.0 s', '–'])
  })
})
