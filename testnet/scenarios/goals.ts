/**
 * What several scenarios have to meet.
 */

import { quantile } from '../run-figures.ts'
import type { RecordedNode, RunRecord } from '../run-record.ts'
import type { Goal } from '../scenario.ts'

const MEGABYTE = 1_000_000
/** Of a node that shares its process, and of one that has its own. */
const PACKED_BYTES = 20 * MEGABYTE
const ALONE_BYTES = 60 * MEGABYTE
/** Of one that is asked as often as another would be. */
const UNHARMED = 1.1

/** However short, whatever goes wrong. */
export function always (): Goal[] {
  return [
    { figure: 'segments missing', is: 'at most', goal: 0 },
    { figure: 'plays that never began', is: 'at most', goal: 0 },
    { figure: 'wrong bytes played', is: 'at most', goal: 0 }
  ]
}

/** What 160 nodes may cost. */
export function costGoals (): Goal[] {
  return [
    { figure: 'time until all were up', is: 'at most', goal: 90 },
    {
      name: 'cores busy while nobody plays',
      unit: '',
      is: 'at most',
      goal: 0.5,
      measure: ({ setting }) => setting.idleCores ?? Number.NaN
    },
    {
      name: 'memory of a peer ÷ what it may have',
      unit: '×',
      is: 'at most',
      goal: 1,
      measure: ({ nodes, setting }) => {
        const pss = nodes.filter(({ role }) => role === 'peer')
          .flatMap(({ pssBytes }) => pssBytes ?? [])
        return quantile(pss, 0.5) / (setting.perProcess > 1 ? PACKED_BYTES : ALONE_BYTES)
      }
    }
  ]
}

/** Every peer that was sent a block by a polluter bans one; somebody was, or nothing was tried. */
export function bannedGoals (): Goal[] {
  const met = ({ nodes }: RunRecord): RecordedNode[] =>
    nodes.filter(({ role, mismatches = 0 }) => role === 'peer' && mismatches > 0)
  return [
    {
      name: 'peers that were sent altered blocks',
      unit: '',
      is: 'at least',
      goal: 1,
      measure: record => met(record).length
    },
    {
      name: 'of those, banned no polluter',
      unit: '',
      is: 'at most',
      goal: 0,
      measure: record => {
        const polluters = struckBy(record, ['polluter'])
        return met(record).filter(({ banned }) =>
          !banned.some(name => polluters.has(name))).length
      }
    }
  ]
}

/** Honest listeners do not notice: their start-up beside that of a run without anybody bad. */
export function honestGoal (): Goal {
  return {
    name: 'honest start-up p50 ÷ that of the clean run',
    unit: '×',
    is: 'at most',
    goal: UNHARMED,
    measureAgainst: (record, clean) => honestMedian(record) / honestMedian(clean)
  }
}

function honestMedian (record: RunRecord): number {
  const bad = struckBy(record, ['polluter', 'free-rider', 'liar', 'busy'])
  return quantile(record.plays.filter(({ node }) => !bad.has(node))
    .flatMap(({ startUpMs }) => startUpMs ?? []), 0.5)
}

function struckBy ({ acts }: RunRecord, kinds: string[]): Set<string> {
  return new Set(acts.filter(({ kind }) => kinds.includes(kind)).flatMap(({ nodes }) => nodes))
}
