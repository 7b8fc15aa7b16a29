/**
 * Edge and origin are gone once the third listener plays; a fourth comes afterwards.
 * in: a stage. out: who played to the end, and what the fourth had of it.
 */

import {
  arrive, arriveInTurn, endsOf, type Figures, LISTENERS, pause, type Stage, stallsOf, untilAllEnded
} from '../stage.ts'

const STARTS_MS = 20_000
/** The third has begun, and no more. */
const KILL_AFTER_MS = 2_000

export async function kill (stage: Stage): Promise<Figures> {
  const listeners = await arriveInTurn(stage, LISTENERS)
  await listeners.at(-1)!.until(({ startUpMs }) => startUpMs != null, STARTS_MS)
  await pause(stage, KILL_AFTER_MS)
  await stage.servers.kill()
  const states = await untilAllEnded(stage, listeners)
  const late = await arrive(stage)
  const didStart = await late.until(({ startUpMs }) => startUpMs != null, STARTS_MS)
  const { startUpMs = Number.NaN, failure } = await late.read()
  const [lateState] = didStart ? await untilAllEnded(stage, [late]) : []
  return {
    'servers killed: played to the end': endsOf(states),
    'servers killed: stalls': stallsOf(states),
    'servers killed: start-up of a fourth, ms': didStart
      ? startUpMs.toFixed(0)
      : `none (${failure?.split(':')[0] ?? 'silent'})`,
    'servers killed: the fourth played to the end': lateState == null
      ? 'no'
      : lateState.isEnded ? 'yes' : `to ${lateState.currentSeconds.toFixed(0)} s`
  }
}
