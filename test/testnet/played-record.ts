/**
 * A record of a run of one listener, with as many plays as start-ups are given.
 */

import type { RunRecord } from '../../testnet/run-record.ts'

export function playedRecord (init: { startUpMs: number[] } & Partial<RunRecord>): RunRecord {
  const { startUpMs, ...more } = init
  return {
    scenario: 'zipf-day',
    kind: 'testnet',
    seed: 1,
    speed: 4,
    durationMs: 1000,
    setting: { peers: 1, edges: 1, regions: ['eu'], degree: 8, perProcess: 1, upSeconds: 1 },
    titles: [{ name: 'title-01', bytes: 100, durationMs: 1000, segments: 10 }],
    plays: startUpMs.map(ms => ({
      node: 'peer-1', region: 'eu', title: 0, startedAtMs: 0, start: 'warm', startUpMs: ms,
      stalls: 0, stalledMs: 0, segments: 10, missing: 0, bytes: 100, wrongBytes: 0
    })),
    acts: [],
    samples: [],
    nodes: [],
    flows: [],
    bounds: { floorBytes: 100, ceilingShare: 0 },
    verdicts: [],
    ...more
  }
}
