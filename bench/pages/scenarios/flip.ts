/**
 * One of three changes a byte of each block it sends.
 * in: a stage. out: what of it others played, whether they still talk to it, what was fetched anew.
 */

import {
  arrive, endsOf, type Figures, LISTENERS, pause, type Stage, stallsOf, sum, untilAllEnded,
  wrongSegments
} from '../stage.ts'

/** The liar has something to give by then. */
const LIAR_FIRST_MS = 15_000

export async function flip (stage: Stage): Promise<Figures> {
  const { title } = stage.servers
  const liar = await arrive(stage, { isLiar: true })
  await pause(stage, LIAR_FIRST_MS)
  const victims = [await arrive(stage)]
  while (victims.length < LISTENERS - 1) {
    await pause(stage, stage.joinSeconds * 1000)
    victims.push(await arrive(stage))
  }
  const states = await untilAllEnded(stage, victims)
  const received = sum(victims.map((victim, i) =>
    victim.httpBytes + states[i]!.told.sentByPeersBytes))
  const { told: { neighbours } } = await liar.read()
  return {
    'one lies: wrong segments given to players':
      sum(states.map(state => wrongSegments(stage, state))),
    'one lies: the others played to the end': endsOf(states),
    'one lies: stalls': stallsOf(states),
    'one lies: who still talks to it': neighbours,
    'one lies: received beyond the title, kB a listener':
      ((received / victims.length - title.totalBytes) / 1000).toFixed(0)
  }
}
