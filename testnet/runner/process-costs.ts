/**
 * What the processes of a network cost since a moment. in: daemons. out: CPU and memory, shared
 * among those that share a process.
 */

import type { Daemon } from '../daemon.ts'
import { cpuSeconds, pssBytes } from '../process-cost.ts'

export class ProcessCosts {
  readonly #daemons: readonly Daemon[]
  #before = new Map<number, number>()
  #beganMs = performance.now()

  constructor (daemons: readonly Daemon[]) {
    this.#daemons = daemons
  }

  /** What was used until now is left out. */
  begin (): void {
    this.#before = new Map([...this.#byProcess().keys()].map(pid => [pid, cpuSeconds(pid)]))
    this.#beganMs = performance.now()
  }

  /** Of all together, on average since {@link begin}. */
  coresBusy (): number {
    const used = [...this.#byProcess().keys()].reduce((sum, pid) => sum + this.#used(pid), 0)
    return used * 1000 / (performance.now() - this.#beganMs)
  }

  /** Of each since {@link begin}. */
  cpuSeconds (): Map<Daemon, number> {
    return this.#shares(pid => this.#used(pid))
  }

  /** Of each now. */
  pssBytes (): Map<Daemon, number> {
    return this.#shares(pssBytes)
  }

  #shares (of: (pid: number) => number): Map<Daemon, number> {
    return new Map([...this.#byProcess()].flatMap(([pid, daemons]) => {
      const share = of(pid) / daemons.length
      return daemons.map((daemon): [Daemon, number] => [daemon, share])
    }))
  }

  #used (pid: number): number {
    return cpuSeconds(pid) - (this.#before.get(pid) ?? 0)
  }

  #byProcess (): Map<number, Daemon[]> {
    return Map.groupBy(this.#daemons.filter(({ pid }) => pid != null), ({ pid }) => pid!)
  }
}
