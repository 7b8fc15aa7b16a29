/**
 * Peers that come and go: a share of them each minute is killed, and is back after a while.
 *
 * Who goes when is decided by the seed alone. One after the other: a start that takes long delays
 * what follows, and is told when it is through.
 */

import { setTimeout as sleep } from 'node:timers/promises'
import type { Random } from '../../protocols/clock.ts'
import type { Daemon } from '../daemon.ts'
import { seededRandom } from '../seeded-random.ts'
import type { Fault, FaultOptions, FaultSpec, FaultyNetwork } from './fault.ts'
import { named } from './says.ts'
import { shuffled, victimsOf } from './victims.ts'

/** As long as a listener takes to change from one program to another. */
export const DEFAULT_DOWN_MS = 10_000

const MINUTE_MS = 60_000

type ChurnSpec = FaultSpec & { kind: 'churn' }

export function churn (spec: ChurnSpec): Fault {
  const { sharePerMinute, who = { role: 'peer' } } = spec
  let going: Going | undefined
  return {
    kind: 'churn',
    strike: async (network, options = {}) => {
      const among = victimsOf(network, who)
      going = new Going(network, departures(among, spec), options)
      const text = `${Math.round(sharePerMinute * 100)} % of ${named(among)} leave a minute`
      return { kind: 'churn', nodes: among.map(({ name }) => name), text }
    },
    heal: async () => {
      const back = await going?.end() ?? []
      going = undefined
      const text = `churn ended; ${named(back)} came back`
      return { kind: 'restart', nodes: back.map(({ name }) => name), text }
    }
  }
}

/** When somebody leaves, or is back, in milliseconds since the strike. */
export interface Departure { atMs: number, leaves: boolean, daemon: Daemon }

/** Without an end, in the order of time; nobody leaves who is away. */
export function * departures (
  among: readonly Daemon[], { sharePerMinute, downMs = DEFAULT_DOWN_MS, seed = 1 }: ChurnSpec
): Generator<Departure> {
  const random = seededRandom(seed)
  const gapMs = MINUTE_MS / (sharePerMinute * among.length)
  const away: Departure[] = []
  let here = shuffled(among, random)
  for (let atMs = gapMs * waitOf(random); ; atMs += gapMs * waitOf(random)) {
    while (away[0] != null && (away[0].atMs <= atMs || here.length === 0)) {
      const back = away.shift()!
      atMs = Math.max(atMs, back.atMs)
      yield back
      here = [...here, back.daemon]
    }
    const daemon = here[Math.floor(random() * here.length)]!
    here = here.filter(each => each !== daemon)
    yield { atMs, leaves: true, daemon }
    away.push({ atMs: atMs + downMs, leaves: false, daemon })
  }
}

/** Of one on average; they leave independently of each other. */
function waitOf (random: Random): number {
  return -Math.log(1 - random())
}

/** What follows a strike until it is ended. */
class Going {
  readonly #network: FaultyNetwork
  readonly #options: FaultOptions
  readonly #away = new Set<Daemon>()
  readonly #ends = new AbortController()
  readonly #run: Promise<void>

  constructor (network: FaultyNetwork, plan: Iterable<Departure>, options: FaultOptions) {
    this.#network = network
    this.#options = options
    const { signal } = options
    const ends = signal == null ? this.#ends.signal : AbortSignal.any([signal, this.#ends.signal])
    this.#run = this.#follow(plan, ends)
    // Its failure is told by end().
    this.#run.catch(() => {})
  }

  /** Who was away, and is back. */
  async end (): Promise<Daemon[]> {
    this.#ends.abort()
    await this.#run
    const back = [...this.#away]
    for (const daemon of back) await this.#return(daemon)
    return back
  }

  async #follow (plan: Iterable<Departure>, signal: AbortSignal): Promise<void> {
    const startMs = performance.now()
    for (const { atMs, leaves, daemon } of plan) {
      const waitMs = startMs + atMs - performance.now()
      await sleep(Math.max(0, waitMs), undefined, { signal }).catch(() => {})
      if (signal.aborted) return
      await (leaves ? this.#leave(daemon) : this.#return(daemon))
    }
  }

  async #leave (daemon: Daemon): Promise<void> {
    if (!daemon.isRunning) return
    await daemon.kill()
    this.#away.add(daemon)
    this.#tell('kill', daemon, 'left without a goodbye')
  }

  async #return (daemon: Daemon): Promise<void> {
    if (!this.#away.delete(daemon)) return
    this.#options.signal?.throwIfAborted()
    await this.#network.restart(daemon)
    this.#tell('restart', daemon, 'came back')
  }

  #tell (kind: string, { name }: Daemon, what: string): void {
    this.#options.onAct?.({ kind, nodes: [name], text: `${name} ${what}` })
  }
}
