/**
 * What goes wrong on purpose while one title is played, by who comes when.
 * in: stages by name. out: faults that strike at their time, a sentence for each, and what the
 * corrupt peer did to whom.
 */

import type { Daemon } from './daemon.ts'
import { createFault } from './faults/index.ts'
import type { Network } from './network.ts'

export const STAGES = ['tracker-lost', 'edge-lost', 'servers-lost', 'corrupt-peer'] as const
export type Stage = typeof STAGES[number]

/** One as the report has it. */
export interface StruckFault {
  fault: Stage
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

interface Strike { isDue: boolean, victims: Daemon[], says: string }

export class StagedFaults {
  readonly #network: Network
  readonly #struck: Map<Stage, string | undefined>
  readonly #lastSent = new Map<Daemon, number>()

  constructor (network: Network, stages: readonly Stage[]) {
    this.#network = network
    this.#struck = new Map(stages.map(stage => [stage, undefined]))
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
      await this.#kill(victims)
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

  /** After a last look at what they had sent. */
  async #kill (victims: readonly Daemon[]): Promise<void> {
    for (const victim of victims) this.#lastSent.set(victim, await this.sentBy(victim))
    const fault = createFault({ kind: 'kill', who: victims.map(({ name }) => name) })
    await fault.strike(this.#network)
  }
}

function strikeOf (
  stage: Stage, { listener, listeners }: Moment, network: Network
): Strike {
  const { bootstrap, origin, edges, corruptPeers } = network
  const strikes: Record<Stage, Strike> = {
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
  return strikes[stage]
}
