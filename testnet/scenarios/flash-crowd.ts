/**
 * Everybody at once on one new title, each fetching it as fast as it comes.
 */

import { quantile } from '../run-figures.ts'
import type { RunRecord } from '../run-record.ts'
import type { Goal, Scenario, SceneSize } from '../scenario.ts'
import { seededRandom } from '../seeded-random.ts'
import type { Trace } from '../workload/trace.ts'
import { MANY_PEERS } from './day-trace.ts'
import { always } from './goals.ts'

const TITLE_SEED = 7
const TITLE_SECONDS = 600
const SHORT_TITLE_SECONDS = 60
/**
 * One comes after the other. Of many more slowly: two cores carry little more than one start a
 * second of real nodes. The last still comes when half of the title could have been played.
 */
const SECONDS_PER_ARRIVAL = { few: 0.1, many: 2 }
/** 100 Mbit/s: a crowd that an edge could serve alone shows nothing. */
const EDGE_WIRE = 12_500_000

export const flashCrowd: Scenario = {
  name: 'flash-crowd',
  about: 'everybody at once on one new title of ten minutes',
  scene: size => ({
    trace: crowdTrace(size),
    edges: 4,
    serverBytesPerSecond: EDGE_WIRE,
    hasPlainPlayers: false,
    acts: [],
    goals: [...always(), ...size.isShort ? [] : crowdGoals()]
  })
}

function crowdTrace ({ peers, seed, isShort }: SceneSize): Trace {
  const random = seededRandom(seed)
  const seconds = isShort ? SHORT_TITLE_SECONDS : TITLE_SECONDS
  const perArrival = SECONDS_PER_ARRIVAL[peers < MANY_PEERS ? 'few' : 'many']
  return {
    titles: [{ name: 'new-title', seconds, seed: TITLE_SEED }],
    plays: Array.from({ length: peers }, (_, i) => [{
      title: 0, at: Math.round((i + random()) * perArrival * 10) / 10, isPrefetched: true
    }])
  }
}

function crowdGoals (): Goal[] {
  return [
    {
      name: 'copies the origin sent for each edge',
      unit: '×',
      is: 'at most',
      goal: 1.1,
      measure: record => sentBy(record, 'origin') / record.titles[0]!.bytes / record.setting.edges
    },
    {
      name: 'most copies an edge sent beyond its listeners’ starts',
      unit: '×',
      is: 'at most',
      goal: 1.5,
      measure: mostBeyondStarts
    },
    {
      name: 'slowest ÷ median until all is there',
      unit: '×',
      is: 'at most',
      goal: 2.2,
      measure: ({ plays }) => {
        const whole = plays.flatMap(({ wholeMs }) => wholeMs ?? [])
        return quantile(whole, 1) / quantile(whole, 0.5)
      }
    }
  ]
}

/** A start takes the first segment, and an init section that is nothing beside it. */
function mostBeyondStarts ({ nodes, titles: [title] }: RunRecord): number {
  const { bytes, segments } = title!
  return Math.max(...nodes.filter(({ role }) => role === 'edge').map(edge => {
    const listeners = nodes.filter(({ role, region }) => role === 'peer' && region === edge.region)
    return edge.sentBytes / bytes - listeners.length / segments
  }))
}

function sentBy ({ nodes }: RunRecord, name: string): number {
  return nodes.find(node => node.name === name)?.sentBytes ?? Number.NaN
}
