/**
 * Looks at every node of a network again and again, rarely enough not to disturb it.
 * in: a network. out: sums over time, what each node counted, who sent how much to whom.
 *
 * What a node did between the last look and being killed is lost.
 */

import { setTimeout as sleep } from 'node:timers/promises'
import PQueue from 'p-queue'
import type { ControlClient } from '../../protocols/control/client.ts'
import type { Status } from '../../protocols/control/index.ts'
import type { Role } from '../../protocols/exchange/index.ts'
import type { Daemon } from '../daemon.ts'
import type { Network } from '../network.ts'
import type { Sample } from '../run-record.ts'
import { FlowLedger } from './flow-ledger.ts'
import { type Counts, Tally, totalOf } from './tally.ts'

/** What only those who play know. */
export interface Hearing { playing: number, stalls: number }

type Watched = Pick<Network, 'all' | 'control'>

/** At once; higher: a shorter look, and less of the cores for players meanwhile. */
export const PARALLEL_LOOKS = 4
/** An answer and its parsing take a millisecond of a core: a hundredth of it for so many nodes. */
const INTERVAL_PER_NODE_MS = 25
const MIN_INTERVAL_MS = 1000
/** Each node is asked for its neighbours at one look of so many. */
const FLOW_ROUNDS = 8

export class Observer {
  readonly #network: Watched
  readonly #hearing: () => Hearing
  readonly #signal: AbortSignal
  readonly #tallies: ReadonlyMap<Daemon, Tally>
  readonly #flows = new FlowLedger()
  readonly #samples: Sample[] = []
  readonly #seen = new Map<Daemon, Status>()
  #openedAtMs = 0
  #round = 0

  constructor (network: Watched, hearing: () => Hearing, signal: AbortSignal) {
    this.#network = network
    this.#hearing = hearing
    this.#signal = signal
    this.#tallies = new Map(network.all().map(daemon => [daemon, new Tally()]))
  }

  get samples (): readonly Sample[] { return this.#samples }
  get flows (): FlowLedger { return this.#flows }

  countsOf (daemon: Daemon): Counts {
    return this.#tallies.get(daemon)!.counts
  }

  /** As it was when it last answered. */
  statusOf (daemon: Daemon): Status | undefined {
    return this.#seen.get(daemon)
  }

  /** Counts from now on. */
  async begin (): Promise<void> {
    await this.#lookAtAll(true)
    for (const tally of this.#tallies.values()) tally.begin()
    this.#flows.begin()
    this.#openedAtMs = performance.now()
  }

  /** Until `ends`; `onSample` after each look. */
  async run (ends: AbortSignal, onSample: (sample: Sample) => void): Promise<void> {
    const intervalMs = Math.max(MIN_INTERVAL_MS, this.#tallies.size * INTERVAL_PER_NODE_MS)
    while (!ends.aborted) {
      onSample(await this.look())
      await sleep(intervalMs, undefined, { signal: ends }).catch(() => {})
    }
  }

  /** At the end also at everybody's neighbours. */
  async look (isLast = false): Promise<Sample> {
    await this.#lookAtAll(isLast)
    const sum = (role: Role): Counts => totalOf(
      [...this.#tallies].flatMap(([daemon, tally]) => daemon.role === role ? [tally] : []))
    const peers = sum('peer')
    const sample = {
      atMs: Math.round(performance.now() - this.#openedAtMs),
      fetched: peers.fetched,
      originSentBytes: sum('origin').sentBytes,
      edgeSentBytes: sum('edge').sentBytes,
      wastedBytes: peers.wastedBytes,
      nodesUp: this.#network.all().filter(({ isRunning }) => isRunning).length,
      ...this.#hearing()
    }
    this.#samples.push(sample)
    return sample
  }

  async #lookAtAll (withFlows: boolean): Promise<void> {
    const queue = new PQueue({ concurrency: PARALLEL_LOOKS })
    const round = this.#round++
    await queue.addAll([...this.#tallies].map(([daemon, tally], i) => async () => {
      if (!daemon.isRunning) return
      try {
        const control = await this.#network.control(daemon)
        const status = await control.status({ signal: this.#signal })
        this.#seen.set(daemon, status)
        tally.see(status)
        if (daemon.role === 'peer' && (withFlows || (i + round) % FLOW_ROUNDS === 0)) {
          await this.#lookAtFlows(daemon, control)
        }
      } catch {
        // It is killed, or too busy to answer: the next look tells.
        this.#signal.throwIfAborted()
      }
    }))
  }

  async #lookAtFlows (daemon: Daemon, control: ControlClient): Promise<void> {
    const names = new Map(this.#network.all().map(({ ready, name }) => [ready.peer, name]))
    for (const { peer, role, receivedBytes } of await control.peers({ signal: this.#signal })) {
      const from = names.get(peer)
      if (role === 'peer' && from != null) this.#flows.see(from, daemon.name, receivedBytes)
    }
  }
}
