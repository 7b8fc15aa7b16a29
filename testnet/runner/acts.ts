/**
 * Has faults strike and heal at their time of the day. in: acts, a network. out: what was done
 * when, and to whom.
 */

import { setTimeout as sleep } from 'node:timers/promises'
import { createFault, type FaultyNetwork, type Struck } from '../faults/index.ts'
import type { RecordedAct } from '../run-record.ts'
import type { Act } from '../scenario.ts'
import type { DecisionLog } from './decision-log.ts'

export interface ActsComponents {
  network: FaultyNetwork
  decisions: DecisionLog
  /** Told of each at once. */
  onAct: (act: RecordedAct) => void
}

export class Acts {
  readonly #components: ActsComponents
  readonly #planned: Array<{ act: Act, fault: ReturnType<typeof createFault> }>
  readonly #done: RecordedAct[] = []
  #openedAtMs: number | undefined

  constructor (acts: readonly Act[], components: ActsComponents) {
    this.#components = components
    this.#planned = acts.map(act => ({ act, fault: createFault(act.fault) }))
  }

  /** In the order of time. */
  get done (): readonly RecordedAct[] { return this.#done }

  /** Those that have no time of their own; call it before the network starts. */
  async prepare (signal: AbortSignal): Promise<void> {
    for (const { act, fault } of this.#planned) {
      if (act.at == null) this.#strike(-1, await fault.strike(this.#components.network, { signal }))
    }
  }

  /** Those of the day; resolves when all are through, or at its end, which also ends churn. */
  async run (openedAtMs: number, speed: number, dayEnds: AbortSignal): Promise<void> {
    this.#openedAtMs = openedAtMs
    const { network } = this.#components
    const options = { signal: dayEnds, onAct: (struck: Struck) => { this.#record(struck) } }
    const until = async (at: number): Promise<void> => {
      const waitMs = openedAtMs + at * 1000 / speed - performance.now()
      await sleep(Math.max(0, waitMs), undefined, { signal: dayEnds })
    }
    await Promise.all(this.#planned.map(async ({ act: { at, healsAt }, fault }) => {
      try {
        if (at != null) {
          await until(at)
          this.#strike(at, await fault.strike(network, options))
        }
        if (healsAt == null) return
        await until(healsAt)
        this.#strike(healsAt, await fault.heal(network, options))
      } catch (err) {
        if (!dayEnds.aborted) throw err
      }
    }))
  }

  #strike (at: number, struck: Struck): void {
    this.#components.decisions.add(at, struck.text)
    this.#record(struck)
  }

  #record (struck: Struck): void {
    const atMs = this.#openedAtMs == null ? 0 : Math.round(performance.now() - this.#openedAtMs)
    const act = { atMs, ...struck }
    this.#done.push(act)
    this.#components.onAct(act)
  }
}
