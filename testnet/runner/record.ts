/**
 * Writes down a run that has ended. in: what was played, looked at and done. out: its record, but
 * for the verdicts.
 */

import PQueue from 'p-queue'
import type { Daemon } from '../daemon.ts'
import type { Network } from '../network.ts'
import { REGIONS } from '../regions.ts'
import type {
  RecordedAct, RecordedNode, RecordedPlay, RecordedTitle, RunRecord
} from '../run-record.ts'
import type { Scene } from '../scenario.ts'
import { boundsOf } from '../workload/floor.ts'
import type { DayPlay } from '../workload/listener.ts'
import type { MadeTitle } from '../workload/made-titles.ts'
import { type Observer, PARALLEL_LOOKS } from './observer.ts'
import type { ProcessCosts } from './process-costs.ts'

export interface Ran {
  scenario: { name: string }
  scene: Scene
  seed: number
  speed: number
  degree: number
  pack: number
  titles: readonly MadeTitle[]
  upSeconds: number
  idleCores: number | undefined
  durationMs: number
}

export interface Witnesses {
  network: Network
  observer: Observer
  plays: readonly DayPlay[]
  acts: readonly RecordedAct[]
  costs: ProcessCosts
  signal: AbortSignal
}

const NONE_HELD: ReadonlyMap<string, number> = new Map()

export async function recordOf (ran: Ran, witnesses: Witnesses): Promise<RunRecord> {
  const { network, observer, acts } = witnesses
  const { scene, seed, speed, degree, pack, titles, upSeconds, idleCores, durationMs } = ran
  // Costs first: looking has its own.
  const cpuSeconds = witnesses.costs.cpuSeconds()
  const last = await observer.look(true)
  const heard = witnesses.plays.filter(({ isCut }) => !isCut)
  const openedAtMs = performance.now() - last.atMs
  const regions = new Map(network.all().flatMap(({ name, ready, region }) =>
    [[name, region], [ready.peer ?? '', region]]))
  return {
    scenario: ran.scenario.name,
    kind: 'testnet',
    seed,
    speed,
    durationMs: Math.round(durationMs),
    setting: {
      peers: network.peers.length,
      edges: scene.edges,
      regions: [...REGIONS],
      degree,
      perProcess: pack,
      upSeconds,
      ...(idleCores != null && { idleCores })
    },
    titles: titles.map(recordedTitle),
    plays: heard.map(each => recordedPlay(each, regions, openedAtMs))
      .sort((a, b) => a.startedAtMs - b.startedAtMs),
    acts: [...acts],
    samples: [...observer.samples],
    nodes: await nodesOf(ran, witnesses, cpuSeconds),
    flows: [...observer.flows.flows(), ...serverFlows(network, observer)],
    bounds: boundsOf(heard.map(({ peer: node, title, play }) =>
      ({ node, title, files: play?.files ?? [] }))),
    verdicts: []
  }
}

function recordedTitle ({ name, size, durationMs, files }: MadeTitle): RecordedTitle {
  return { name, bytes: size, durationMs, segments: files.filter(f => f.durationMs > 0).length }
}

/** `regions`: by name, and by peer ID. */
function recordedPlay (
  played: DayPlay, regions: ReadonlyMap<string, string>, openedAtMs: number
): RecordedPlay {
  const { peer, traced, startedAtMs, start, play, error, plainStartUpMs, wholeMs } = played
  const region = regions.get(peer) ?? ''
  const near = play?.fromPeers.filter(({ peer }) => regions.get(peer) === region) ?? []
  return {
    node: peer,
    region,
    title: traced.title,
    startedAtMs: Math.round(startedAtMs - openedAtMs),
    start,
    startUpMs: orNull(play?.startUpMs),
    ...(orNull(plainStartUpMs) != null && { plainStartUpMs: plainStartUpMs! }),
    ...(orNull(play?.seekMs) != null && { seekMs: play!.seekMs! }),
    ...(wholeMs != null && { wholeMs }),
    ...(near.length > 0 && { nearSegmentsMs: near.map(({ ms }) => Math.round(ms)) }),
    stalls: play?.stalls ?? 0,
    stalledMs: play?.stalledMs ?? 0,
    segments: play?.segments ?? 0,
    missing: play?.missing ?? 0,
    bytes: play?.bytes ?? 0,
    wrongBytes: play == null ? 0 : play.bytes - play.verifiedBytes,
    ...(error != null && { error })
  }
}

function orNull (ms: number | undefined): number | null {
  return ms == null || Number.isNaN(ms) ? null : ms
}

async function nodesOf (
  { titles }: Ran, { network, observer, signal }: Witnesses,
  cpuSeconds: ReadonlyMap<Daemon, number>
): Promise<RecordedNode[]> {
  const names = new Map(network.all().map(({ ready, name }) => [ready.peer, name]))
  const queue = new PQueue({ concurrency: PARALLEL_LOOKS })
  return await Promise.all(network.all().map(daemon => queue.add(async () => {
    const { name, role, region, isRunning: isUp } = daemon
    const { bannedPeers = [] } = observer.statusOf(daemon) ?? {}
    const held = isUp && role !== 'bootstrap' ? await heldOf(network, daemon, signal) : NONE_HELD
    return {
      name,
      role,
      region,
      isUp,
      ...observer.countsOf(daemon),
      ...(cpuSeconds.has(daemon) && { cpuSeconds: cpuSeconds.get(daemon)! }),
      held: titles.map(({ id }) => held.get(id) ?? 0),
      banned: bannedPeers.map(peer => names.get(peer) ?? peer)
    }
  })))
}

/** Part held of each title, by its ID; none of a daemon that does not answer. */
async function heldOf (
  network: Network, daemon: Daemon, signal: AbortSignal
): Promise<typeof NONE_HELD> {
  try {
    const titles = await (await network.control(daemon)).titles({ signal })
    return new Map(titles.map(({ id, heldBytes, size }) =>
      [id, size === 0 ? 0 : Math.min(1, heldBytes / size)]))
  } catch {
    signal.throwIfAborted()
    return NONE_HELD
  }
}

/** HTTP tells who asked for what by its address only; a peer asks the edge of its region first. */
function serverFlows (network: Network, observer: Observer): RunRecord['flows'] {
  const { peers, edges, origin } = network
  return peers.flatMap(peer => {
    const { edge, origin: fromOrigin } = observer.countsOf(peer).fetched
    const nearest = edges.find(({ region }) => region === peer.region) ?? edges[0]
    return [
      ...(nearest == null ? [] : [{ from: nearest.name, to: peer.name, bytes: edge }]),
      { from: origin.name, to: peer.name, bytes: fromOrigin }
    ].filter(({ bytes }) => bytes > 0)
  })
}
