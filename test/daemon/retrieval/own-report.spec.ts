import { expect } from 'chai'
import { ownReport, PlaybackCounts } from '../../../daemon/retrieval/index.ts'
import { decodeReport, noCounts, START_CLASSES } from '../../../protocols/tracker/index.ts'
import { contentNamed, NOW } from '../../protocols/tracker/nodes.ts'

describe('daemon/retrieval/own-report', () => {
  it('says what was counted since the start, and what is held in part', () => {
    const playback = new PlaybackCounts()
    const holds = [{ content: contentNamed('a'), rendition: '128k', parts: Uint8Array.of(255, 0) }]
    const traffic = {
      bySource: { local: 1, peer: 20, edge: 3, origin: 0 },
      wastedBytes: 4,
      givenBytes: 50,
      httpBytes: 60,
      exchangedBytes: 3 * 65_536 + 70
    }
    const time = { nowMs: NOW }
    const report = ownReport({
      traffic, playback, holdings: { partly: () => holds }, clock: () => time.nowMs
    })
    time.nowMs += 60_000
    playback.started(120)
    playback.started(20_000)
    playback.stalled(250)
    playback.given(2_000, 32_000)
    const starts = Array.from({ length: START_CLASSES }, () => 0)
    starts[3] = starts[15] = 1
    expect(decodeReport(report()!)).to.deep.equal({
      sinceMs: NOW,
      counts: {
        ...noCounts(),
        ...traffic.bySource,
        wasted: 4,
        given: 50,
        sent: 60,
        uploaded: 3 * 65_536,
        stalls: 1,
        stalledMs: 250,
        mediaMs: 2_000,
        mediaBytes: 32_000
      },
      starts,
      holds
    })
    const before = report()
    traffic.exchangedBytes += 500 // PINGs.
    expect(report()).to.deep.equal(before)
  })
})
