/**
 * Plays a scenario on a network of real nodes. in: a scenario, how many nodes. out: what the run
 * showed, whether that is what it had to, and what was decided in it.
 */

import { cp } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Daemon } from '../daemon.ts'
import type { LiveView } from '../live-view.ts'
import type { Network } from '../network.ts'
import { type OwnNetworkInit, withOwnNetwork } from '../own-network.ts'
import { PlayerHttp } from '../player-http.ts'
import type { RunRecord, Sample } from '../run-record.ts'
import { type Scenario, type Scene, SERVER_WIRE } from '../scenario.ts'
import { MANY_PEERS } from '../scenarios/day-trace.ts'
import { seededRandom } from '../seeded-random.ts'
import { type DayPlay, Listener } from '../workload/listener.ts'
import { type MadeTitle, madeTitles } from '../workload/made-titles.ts'
import { Acts } from './acts.ts'
import { DecisionLog, decisionOf } from './decision-log.ts'
import { type InternetFlags, internet } from './internet.ts'
import { join, OLD_TITLE } from './join.ts'
import { Observer } from './observer.ts'
import { ProcessCosts } from './process-costs.ts'
import { recordOf } from './record.ts'
import { verdictsOf } from './verdicts.ts'

export interface ScenarioOptions extends InternetFlags {
  scenario: Scenario
  /** Peers that listen. */
  nodes: number
  seed: number
  isShort: boolean
  /** Playback seconds per second, 1 … 4. */
  speed: number
  degree: number
  /** Peers that share a process; 1: each has its own. */
  pack: number
  /** Of a run without anything bad, to judge this one by. */
  clean?: RunRecord
  view: LiveView
  /** Called with the folder of data and logs, which then stays. */
  onKept?: OwnNetworkInit['onKept']
}

export interface ScenarioResult {
  record: RunRecord
  /** The same for the same scenario, size and seed. */
  decisions: string[]
}

/** Plain players take from edges what listeners would not: beside so many listeners, at most. */
const PLAIN_PLAYERS = 20
/** After the last play: announces and answers on their way. */
const END_MS = 1_000
/** Nobody plays for so long before a day that is not short. */
const IDLE_MS = 15_000
/**
 * Of many, after so long: looking around, being told records, and leaving those who were met for
 * one title, is over by then.
 */
const SETTLE_MS = 360_000
/** After a day: a daemon gives memory back after a minute at rest, looked at once a minute. */
const REST_MS = 150_000
/** Of blocks kept in memory by each node that shares a process, as no listener's does. */
const PACKED_MEMORY = '8MiB'

/**
 * @throws InterruptedError after Ctrl-C; else what kept the network from starting or a fault from
 *   striking
 */
export async function runScenario (options: ScenarioOptions): Promise<ScenarioResult> {
  const { scenario, nodes, seed, isShort, speed, degree, pack, onKept } = options
  const scene = scenario.scene({ peers: nodes, seed, isShort })
  return await withOwnNetwork({
    nodes,
    edges: scene.edges,
    dht: true,
    tracker: true,
    degree,
    speed,
    ...(pack > 1 && { pack }),
    emulated: internet(options, scene.serverBytesPerSecond ?? SERVER_WIRE),
    config: { store: { keepFree: '0', ...(pack > 1 && { memory: PACKED_MEMORY }) } },
    ...(scene.roles != null && { roles: scene.roles }),
    ...(onKept != null && { onKept })
  }, async (network, signal) => await new ScenarioRun(network, scene, options, signal).run())
}

class ScenarioRun {
  readonly #network: Network
  readonly #scene: Scene
  readonly #options: ScenarioOptions
  readonly #signal: AbortSignal
  readonly #decisions = new DecisionLog()
  readonly #acts: Acts
  readonly #observer: Observer
  readonly #costs: ProcessCosts
  readonly #plays: DayPlay[] = []
  #playing = 0

  constructor (network: Network, scene: Scene, options: ScenarioOptions, signal: AbortSignal) {
    this.#network = network
    this.#scene = scene
    this.#options = options
    this.#signal = signal
    this.#acts = new Acts(scene.acts, {
      network,
      decisions: this.#decisions,
      onAct: ({ text }) => { options.view.say(text) }
    })
    this.#costs = new ProcessCosts(network.all())
    this.#observer = new Observer(network, () => ({
      playing: this.#playing,
      stalls: this.#plays.reduce((sum, { play }) => sum + (play?.stalls ?? 0), 0)
    }), signal)
  }

  async run (): Promise<ScenarioResult> {
    const { view, nodes } = this.#options
    const { trace, edges, goals } = this.#scene
    const { titles, data } = await madeTitles([...trace.titles, OLD_TITLE], {
      signal: this.#signal
    })
    await cp(data, this.#network.dataOf(this.#network.origin), { recursive: true })
    await this.#acts.prepare(this.#signal)
    const startMs = performance.now()
    await this.#network.start()
    const upSeconds = (performance.now() - startMs) / 1000
    view.say(`${this.#network.all().length} nodes are up after ${upSeconds.toFixed(1)} s`)
    const joined = await join(this.#network, titles.at(-1)!, {
      hasEdges: edges > 0, signal: this.#signal
    })
    const idleCores = await this.#idle()
    view.say(`all ${nodes} listeners have joined, ${joined.cold} of them without having got what ` +
      'they warm up with; their day begins')
    const durationMs = await this.#playDay(titles, joined.edges)
    const record = await recordOf(
      {
        ...this.#options, scene: this.#scene, titles: titles.slice(0, -1), upSeconds, idleCores,
        durationMs
      },
      {
        network: this.#network, observer: this.#observer, plays: this.#plays,
        acts: this.#acts.done, costs: this.#costs, signal: this.#signal
      }
    )
    await this.#rest(record)
    record.verdicts = verdictsOf(record, goals, this.#options.clean)
    return { record, decisions: this.#decisions.lines() }
  }

  /** Cores busy while nobody plays; undefined where there is no time to wait for it. */
  async #idle (): Promise<number | undefined> {
    const { isShort, nodes } = this.#options
    if (isShort || this.#scene.showsCosts !== true) return undefined
    if (nodes >= MANY_PEERS) await sleep(SETTLE_MS, undefined, { signal: this.#signal })
    this.#costs.begin()
    await sleep(IDLE_MS, undefined, { signal: this.#signal })
    return this.#costs.coresBusy()
  }

  /** Notes what memory nodes hold that have played, and rest. */
  async #rest (record: RunRecord): Promise<void> {
    if (this.#options.isShort || this.#scene.showsCosts !== true) return
    await sleep(REST_MS, undefined, { signal: this.#signal })
    await this.#network.rest()
    const held = new Map([...this.#costs.pssBytes()].map(([{ name }, bytes]) => [name, bytes]))
    for (const node of record.nodes) {
      if (held.has(node.name)) node.pssBytes = held.get(node.name)!
    }
  }

  /** Milliseconds it took. */
  async #playDay (
    titles: readonly MadeTitle[], edgeOf: ReadonlyMap<Daemon, string>
  ): Promise<number> {
    const { speed } = this.#options
    const dayEnds = new AbortController()
    const ends = AbortSignal.any([dayEnds.signal, this.#signal])
    await this.#observer.begin()
    this.#costs.begin()
    const openedAtMs = performance.now()
    const looking = this.#observer.run(ends, sample => { this.#show(sample) })
    const acting = this.#acts.run(openedAtMs, speed, ends)
    try {
      const listening = this.#network.peers.map((peer, i) =>
        this.#listen(peer, i, titles, openedAtMs, edgeOf.get(peer)))
      // A fault that cannot strike ends the day at once.
      await Promise.race([Promise.all(listening), acting.then(() => Promise.all(listening))])
      const durationMs = performance.now() - openedAtMs
      await sleep(END_MS, undefined, { signal: this.#signal })
      return durationMs
    } finally {
      dayEnds.abort()
      await Promise.allSettled([looking, acting])
    }
  }

  async #listen (
    peer: Daemon, i: number, titles: readonly MadeTitle[], openedAtMs: number, edge?: string
  ): Promise<void> {
    const { nodes, speed, seed } = this.#options
    const { trace, hasPlainPlayers = true } = this.#scene
    const isBesidePlain = i % Math.ceil(nodes / PLAIN_PLAYERS) === 0
    const plain = edge != null && hasPlainPlayers && isBesidePlain
      ? { http: await this.#plainPlayer(peer), gateway: edge }
      : undefined
    const listener = new Listener({ peer, titles, openedAtMs, speed, signal: this.#signal }, {
      control: () => this.#network.control(peer),
      random: seededRandom(seed + i),
      ...(plain != null && { plain })
    })
    const plays = listener.plays(trace.plays[i] ?? [], traced => {
      this.#decisions.add(traced.at, decisionOf(peer.name, traced))
      this.#playing++
    })
    for await (const played of plays) {
      this.#playing--
      this.#plays.push(played)
      const { error, isCut } = played
      if (error != null && !isCut) this.#options.view.say(`${peer.name}: ${error}`)
    }
  }

  async #plainPlayer ({ name, region }: Daemon): Promise<PlayerHttp> {
    return new PlayerHttp({ localAddress: await this.#network.guest(`plain-${name}`, region) })
  }

  #show (sample: Sample): void {
    const plays = this.#plays.filter(({ isCut }) => !isCut)
    const startUps = plays.flatMap(({ play }) => play?.startUpMs ?? [])
      .filter(ms => !Number.isNaN(ms))
    this.#options.view.show({
      sample, nodes: this.#network.all().length, plays: plays.length, startUps
    })
  }
}
