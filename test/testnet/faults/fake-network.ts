/**
 * A network of names alone, which remembers what was done to it.
 */

import type { Role } from '../../../protocols/exchange/index.ts'
import type { Daemon } from '../../../testnet/daemon.ts'
import type { FaultyNetwork } from '../../../testnet/faults/index.ts'
import { REGIONS } from '../../../testnet/regions.ts'

export class FakeNetwork implements FaultyNetwork {
  readonly done: string[] = []
  readonly #daemons: Daemon[]

  constructor (peers: number) {
    this.#daemons = [
      ...Array.from({ length: peers }, (_, i) => this.#daemon(`peer-${i + 1}`, 'peer', i)),
      this.#daemon('edge-1', 'edge', 0),
      this.#daemon('origin', 'origin', 1)
    ]
  }

  all (): Daemon[] { return this.#daemons }

  async restart (daemon: Daemon): Promise<void> {
    this.done.push(`restart ${daemon.name}`)
    await daemon.start()
  }

  async divide (sides: ReadonlyArray<readonly string[]>): Promise<void> {
    this.done.push(`divide ${sides.map(side => side.join(' ')).join(' | ')}`)
  }

  async rewire ({ name }: Daemon, wires?: object): Promise<void> {
    this.done.push(`rewire ${name} ${JSON.stringify(wires)}`)
  }

  async conduct ({ name }: Daemon, conduct: object): Promise<void> {
    this.done.push(`conduct ${name} ${JSON.stringify(conduct)}`)
  }

  #daemon (name: string, role: Role, index: number): Daemon {
    const { done } = this
    let isRunning = true
    return {
      name,
      role,
      region: REGIONS[index % REGIONS.length]!,
      pid: undefined,
      get isRunning () { return isRunning },
      logPath: '',
      ready: {},
      start: async () => { isRunning = true },
      stop: async () => { isRunning = false },
      kill: async () => {
        done.push(`kill ${name}`)
        isRunning = false
      },
      rewire: async () => {},
      conduct: async () => {}
    }
  }
}
