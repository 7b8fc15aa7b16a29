/**
 * What goes wrong on purpose while a network plays.
 * in: the faults asked for, who comes when. out: daemons killed at their time, a sentence for each
 * that struck, and what the corrupt peer did to whom.
 */

import type { Daemon } from './daemon.ts'
import type { Network } from './network.ts'

export const FAULTS = ['tracker-lost', 'edge-lost', 'servers-lost', 'corrupt-peer'] as const
export type Fault = typeof FAULTS[number]

/** A fault as the report has it. */
export interface StruckFault {
  fault: Fault
  /** What was done; undefined when its time never came. */
  event: string | undefined
}

/** What a corrupt peer did, over all nodes that still run. */
export interface Harm {
  /** Blocks refused because they did not hash to their CID. */
  mismatches: number
  /** Nodes that were sent such a block, and those of them that banned the sender. */
  metBy: number
  bannedBy: number
}

/** How many listeners there are, and which of them comes now, from 0. */
export interface Moment { listener: number, listeners: number }

type Played = Pick<
  Network, 'bootstrap' | 'origin' | 'edges' | 'peers' | 'corruptPeers' | 'control'
>

interface Strike { isDue: boolean, victims: Daemon[], says: string }

export class Faults {
  readonly #network: Played
  readonly #struck: Map<Fault, string | undefined>
  readonly #lastSent = new Map<Daemon, number>()

  constructor (network: Played, faults: readonly Fault[]) {
    this.#network = network
    this.#struck = new Map(faults.map(fault => [fault, undefined]))
  }

  get struck (): StruckFault[] {
    return [...this.#struck].map(([fault, event]) => ({ fault, event }))
  }

  /** Does what is due before a listener comes; a sentence for each. */
  async strike (moment: Moment): Promise<string[]> {
    const events: string[] = []
    for (const [fault, event] of this.#struck) {
      const { isDue, victims, says } = strikeOf(fault, moment, this.#network)
      if (event != null || !isDue) continue
      await Promise.all(victims.map(victim => this.#kill(victim)))
      this.#struck.set(fault, says)
      events.push(says)
    }
    return events
  }

  /** Bytes a daemon has sent to anybody; of one that was killed, until then. */
  async sentBy (daemon: Daemon): Promise<number> {
    if (!daemon.isRunning) return this.#lastSent.get(daemon) ?? 0
    return (await (await this.#network.control(daemon)).status()).uploadedBytes
  }

  async harm (): Promise<Harm> {
    const { peers, edges, corruptPeers } = this.#network
    const corrupt = corruptPeers.map(({ ready }) => ready.peer)
    const running = [...peers, ...edges].filter(daemon => daemon.isRunning)
    const statuses = await Promise.all(running.map(async daemon =>
      await (await this.#network.control(daemon)).status()))
    const met = statuses.filter(({ mismatches }) => mismatches > 0)
    return {
      mismatches: statuses.reduce((sum, { mismatches }) => sum + mismatches, 0),
      metBy: met.length,
      bannedBy: met.filter(({ bannedPeers }) =>
        corrupt.some(peer => peer != null && bannedPeers.includes(peer))).length
    }
  }

  /** As `kill -9` does, after a last look at what it had sent. */
  async #kill (daemon: Daemon): Promise<void> {
    this.#lastSent.set(daemon, await this.sentBy(daemon))
    await daemon.kill()
  }
}

function strikeOf (fault: Fault, { listener, listeners }: Moment, network: Played): Strike {
  const { bootstrap, origin, edges, corruptPeers } = network
  const strikes: Record<Fault, Strike> = {
    'corrupt-peer': {
      isDue: listener === 0 && corruptPeers.length > 0,
      victims: [],
      says: 'a peer that holds the whole title alters every block it sends'
    },
    'tracker-lost': {
      isDue: listener === 0,
      victims: [bootstrap],
      says: 'the bootstrap with its tracker was killed before the first listener came'
    },
    'edge-lost': {
      isDue: listener === Math.floor(listeners / 2) && edges.length > 0,
      victims: edges.slice(0, 1),
      says: 'an edge was killed half-way'
    },
    'servers-lost': {
      isDue: listener === listeners - 1 && listener > 0,
      victims: [bootstrap, origin, ...edges].filter(({ isRunning }) => isRunning),
      says: 'origin, edge and bootstrap were killed: only listeners are left'
    }
  }
  return strikes[fault]
}
