/**
 * The first of three closes the tab while others get from it.
 * in: a stage. out: the stalls of those who stay.
 */

import {
  arriveInTurn, endsOf, type Figures, LISTENERS, type Stage, stallsOf, untilAllEnded
} from '../stage.ts'

const STARTS_MS = 20_000

export async function closeTab (stage: Stage): Promise<Figures> {
  const [first, ...others] = await arriveInTurn(stage, LISTENERS)
  // The last has something of others, and lacks the most.
  const isFromPeers = await others.at(-1)!.until(({ told, startUpMs }) =>
    startUpMs != null && told.sentByPeersBytes > 0, STARTS_MS)
  await first!.close()
  const states = await untilAllEnded(stage, others)
  return {
    'a tab closed: the others played to the end': endsOf(states),
    'a tab closed: stalls': stallsOf(states),
    'a tab closed: others were being served': isFromPeers ? 'yes' : 'no'
  }
}
