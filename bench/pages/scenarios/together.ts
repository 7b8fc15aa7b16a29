/**
 * Three listeners of one title, one after the other, and a fourth who skips it after 20 s.
 * in: a stage. out: what servers sent, start-ups, stalls, what came in vain.
 */

import type { Listener } from '../listener.ts'
import type { PageState } from '../page-api.ts'
import {
  arrive, arriveInTurn, endsOf, type Figures, LISTENERS, pause, percent, type Stage, stallsOf, sum,
  times, untilAllEnded, wrongSegments
} from '../stage.ts'

const SKIP_SECONDS = 20
/** What was on its way when somebody left is there by then. */
const SETTLE_MS = 2_000

export async function together (stage: Stage): Promise<Figures> {
  const { title } = stage.servers
  const listeners = await arriveInTurn(stage, LISTENERS)
  const states = await untilAllEnded(stage, listeners)
  const sentBytes = await stage.servers.sentBytes()
  const third = listeners.at(-1)!
  const received = listeners.map((listener, i) =>
    listener.httpBytes + states[i]!.told.sentByPeersBytes)
  const complaints = listeners.flatMap(one => one.complaints)
  const wrong = sum(states.map(state => wrongSegments(stage, state)))
  return {
    'title, MB': (title.totalBytes / 1e6).toFixed(2),
    'servers sent ÷ title': times(sentBytes / title.totalBytes),
    'third from peers': percent(Math.max(0, 1 - third.httpBytes / title.totalBytes)),
    'start-ups, ms': states.map(({ startUpMs = Number.NaN }) => startUpMs.toFixed(0)).join(' '),
    'played to the end': endsOf(states),
    stalls: stallsOf(states),
    'received beyond the title': percent(sum(received) / LISTENERS / title.totalBytes - 1),
    'WebRTC beyond payload': overheadOf(listeners, states),
    'third has all after, s': seconds(states.at(-1)!.completeMs),
    'segments as published': `${sum(states.map(({ given }) => given.length)) - wrong} of ` +
      sum(states.map(({ given }) => given.length)),
    'console errors': complaints.length === 0 ? '0' : `${complaints.length}: ${complaints[0]}`,
    ...await skip(stage)
  }
}

/** What was fetched and never played by one who leaves, beside others who have all. */
async function skip (stage: Stage): Promise<Figures> {
  const skipper = await arrive(stage)
  const didPlay = await skipper.until(({ currentSeconds }) => currentSeconds >= SKIP_SECONDS,
    2 * SKIP_SECONDS * 1000)
  const { currentSeconds, startUpMs } = await skipper.read()
  const before = receivedBy(skipper, await skipper.read())
  await skipper.leave()
  await pause(stage, SETTLE_MS)
  const played = currentSeconds / stage.seconds * stage.servers.title.totalBytes
  return {
    'start-up of a fourth, ms': startUpMs?.toFixed(0),
    'fetched and not played after a skip at 20 s, kB': didPlay
      ? ((before - played) / 1000).toFixed(0)
      : `stood at ${currentSeconds.toFixed(0)} s`
  }
}

const receivedBy = ({ httpBytes }: Listener, { told }: PageState): number =>
  httpBytes + told.sentByPeersBytes

/**
 * What came over WebRTC, as the browser counts it, beside media: of which edges and origins may
 * send some that way, too.
 */
function overheadOf (listeners: Listener[], states: PageState[]): string | undefined {
  const payload = sum(states.map(({ told: { peerBytes, serverBytes } }, i) =>
    Math.max(peerBytes, peerBytes + serverBytes - listeners[i]!.httpBytes)))
  const wireBytes = sum(states.map(one => one.wireBytes))
  return payload === 0 || wireBytes === 0 ? undefined : percent(wireBytes / payload - 1)
}

const seconds = (ms: number | undefined): string | undefined =>
  ms == null ? undefined : (ms / 1000).toFixed(1)
