/**
 * One run: start, publish, play at staggered times with faults, report.
 * in: how many of what, when, and what goes wrong. out: what every listener got from whom.
 */

import { setTimeout as sleep } from 'node:timers/promises'
import type { Daemon } from './daemon.ts'
import type { Network } from './network.ts'
import { type OwnNetworkInit, withOwnNetwork } from './own-network.ts'
import { play } from './player.ts'
import { type PublishedTitle, publishTitle } from './published-title.ts'
import { type ListenerResult, ms, percent, type RunResult, seconds } from './report.ts'
import { seededRandom } from './seeded-random.ts'
import { type Stage, StagedFaults } from './staged-faults.ts'

export interface RunOptions {
  /** Peers that listen. */
  nodes: number
  edges: number
  /** Of every random decision. */
  seed: number
  /** What is published. */
  file: string
  /** Playback seconds per second. */
  speed: number
  /** Milliseconds between two listeners, give or take a half. */
  gap: number
  /** As the origin's settings have it: `4s`. */
  segment: string
  bitrate: string
  /** Neighbours a peer looks for, {@link DEFAULT_DEGREE}. */
  degree?: number
  /** Peers that share a process; one each unless given. */
  pack?: number
  /** Whether the regions lie apart (regions.ts). */
  regions?: boolean
  dht: boolean
  tracker: boolean
  fault?: Stage[]
  /** How much of the title is played; all unless given. */
  playMs?: number
  /** Called with the folder of data and logs, which then stays. */
  onKept?: OwnNetworkInit['onKept']
}

export type Say = (line: string) => void

/** Start-up is defined for a node that joined at least this long ago. */
const SETTLE_MS = 5_000
/** Between two lines on how far publishing is. */
const PROGRESS_MS = 5_000
const REGION_JITTER_MS = 1

/**
 * @throws InterruptedError after Ctrl-C; else what kept the network from starting or the file from
 *   being published
 */
export async function runTestnet (options: RunOptions, say: Say): Promise<RunResult> {
  const { nodes, edges, degree, pack, dht, tracker, segment, bitrate, fault = [], onKept } = options
  const hasRegions = options.regions === true
  return await withOwnNetwork({
    nodes,
    edges,
    ...(degree != null && { degree }),
    ...(pack != null && { pack }),
    ...((hasRegions || pack != null) && {
      emulated: { delayMs: 0, jitterMs: hasRegions ? REGION_JITTER_MS : 0, hasRegions }
    }),
    dht,
    tracker,
    speed: options.speed,
    corrupt: fault.includes('corrupt-peer') ? 1 : 0,
    config: { origin: { segment, bitrates: [bitrate] } },
    ...(onKept != null && { onKept })
  }, async (network, signal) => await new Run(network, options, say, signal).play())
}

class Run {
  readonly #network: Network
  readonly #options: RunOptions
  readonly #say: Say
  readonly #signal: AbortSignal
  readonly #faults: StagedFaults
  readonly #startedAtMs = performance.now()

  constructor (network: Network, options: RunOptions, say: Say, signal: AbortSignal) {
    this.#network = network
    this.#options = options
    this.#say = line => { say(`${this.#elapsed()} ${line}`) }
    this.#signal = signal
    this.#faults = new StagedFaults(network, options.fault ?? [])
  }

  async play (): Promise<RunResult> {
    const { origin, edges, corruptPeers } = this.#network
    const { seed, speed } = this.#options
    await this.#network.start()
    this.#say(`${this.#network.all().length} processes are up`)
    const published = await this.#publish()
    const { id, size, segments, durationMs } = published
    await sleep(SETTLE_MS, undefined, { signal: this.#signal })
    for (const peer of corruptPeers) await this.#corrupt(peer, published)
    // What they sent so far, while their copy was read and corrupt peers fetched, is no listener's.
    const before = await this.#sent(origin, edges)
    const listeners = await this.#listenAll(published)
    const after = await this.#sent(origin, edges)
    return {
      seed,
      title: { id, size, segments, durationMs },
      speed,
      edges: edges.length,
      originBytes: after.origin - before.origin,
      edgeBytes: after.edges - before.edges,
      listeners,
      faults: this.#faults.struck,
      harm: await this.#faults.harm()
    }
  }

  async #publish (): Promise<PublishedTitle> {
    const { origin } = this.#network
    const { file, playMs } = this.#options
    let saidAtMs = performance.now()
    const title = await publishTitle(await this.#network.control(origin), gatewayOf(origin), file, {
      onProgress: done => {
        if (performance.now() - saidAtMs < PROGRESS_MS) return
        saidAtMs = performance.now()
        this.#say(`the origin is publishing: ${done.toFixed(0)} %`)
      },
      signal: this.#signal,
      ...(playMs != null && { playMs })
    })
    const { id, segments, durationMs } = title
    this.#say(`the origin published ${segments} segments to play, ${seconds(durationMs)}, as ${id}`)
    return title
  }

  /** It holds the whole title before anybody listens, and so is asked. */
  async #corrupt (peer: Daemon, title: PublishedTitle): Promise<void> {
    this.#say(`${peer.name}, which is to alter what it sends, fetches the title`)
    const { play, error } = await this.#listen(peer, title, { bufferMs: title.durationMs })
    if (play == null || play.missing > 0) {
      throw new Error(`the corrupt peer did not get the title: ${error ?? 'segments are missing'}`)
    }
  }

  async #listenAll (title: PublishedTitle): Promise<ListenerResult[]> {
    const { seed, gap, fault } = this.#options
    const random = seededRandom(seed)
    const { peers } = this.#network
    const plays: Array<Promise<ListenerResult>> = []
    for (const [listener, peer] of peers.entries()) {
      const waitMs = gap * (0.5 + random())
      if (listener > 0) await sleep(waitMs, undefined, { signal: this.#signal })
      // Somebody must have all of the title when its servers vanish, or it is lost for good.
      if (fault?.includes('servers-lost') && listener === peers.length - 1) await plays[0]
      const events = await this.#faults.strike({ listener, listeners: peers.length })
      for (const event of events) this.#say(event)
      this.#say(`${peer.name} (${peer.region}) starts to play`)
      const result = this.#listen(peer, title)
      plays.push(result)
      // Its failure is that of the run, which awaits it below.
      void result.then(result => { this.#say(endOf(result, title)) }, () => {})
    }
    return await Promise.all(plays)
  }

  /** Rejects only when the run is interrupted. */
  async #listen (
    peer: Daemon, title: PublishedTitle, more: { bufferMs?: number } = {}
  ): Promise<ListenerResult> {
    const signal = this.#signal
    const { speed } = this.#options
    const { id: content, rendition, expected } = title
    const result = { name: peer.name, region: peer.region }
    try {
      const gateway = gatewayOf(peer)
      const played = await play({ gateway, content, rendition, expected, speed, signal, ...more })
      const { delivered } = await (await this.#network.control(peer)).status({ signal })
      const { local: _, ...fetched } = delivered
      return { ...result, play: played, fetched }
    } catch (error) {
      signal.throwIfAborted()
      const { message } = error as Error
      return { ...result, error: message, fetched: { peer: 0, edge: 0, origin: 0 } }
    }
  }

  async #sent (
    origin: Daemon, edges: Daemon[]
  ): Promise<{ origin: number, edges: number }> {
    const sent = await Promise.all(edges.map(edge => this.#faults.sentBy(edge)))
    return {
      origin: await this.#faults.sentBy(origin),
      edges: sent.reduce((sum, bytes) => sum + bytes, 0)
    }
  }

  #elapsed (): string {
    return `${((performance.now() - this.#startedAtMs) / 1000).toFixed(0)} s`.padStart(5)
  }
}

/** What a listener got, in a sentence. */
function endOf ({ name, play, error, fetched }: ListenerResult, title: PublishedTitle): string {
  if (play == null) return `${name} could not play: ${error}`
  const total = fetched.peer + fetched.edge + fetched.origin
  return `${name} is through: began after ${ms(play.startUpMs)}, played ` +
    `${play.segments}/${title.segments} segments, ` +
    `${percent(total === 0 ? 0 : fetched.peer / total)} from other listeners`
}

function gatewayOf ({ ready }: Daemon): string {
  return ready.gateway ?? ''
}
