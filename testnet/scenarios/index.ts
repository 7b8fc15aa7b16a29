/**
 * The scenarios by name. in: nothing. out: all of them, in the order `--list` shows.
 */

import type { Scenario } from '../scenario.ts'
import { freeRiders, polluters, slowPeers } from './bad-peers.ts'
import { churn } from './churn.ts'
import { everything } from './everything.ts'
import { flashCrowd } from './flash-crowd.ts'
import { edgeLost, originLost, trackerLost } from './lost-servers.ts'
import { partitionHeals } from './partition-heals.ts'
import { zipfDay } from './zipf-day.ts'

export const SCENARIOS: readonly Scenario[] = [
  zipfDay, flashCrowd, churn, edgeLost, originLost, trackerLost, polluters, freeRiders, slowPeers,
  partitionHeals, everything
]
