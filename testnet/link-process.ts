/**
 * A {@link LinkProxy} in a process of its own, so that passing bytes on delays nobody who measures.
 */

import { fileURLToPath } from 'node:url'
import type { NetworkShape } from './distance.ts'
import type { SocketAddress } from './link-proxy.ts'
import type { LinkCall } from './link-worker.ts'
import type { HostShape } from './wires.ts'
import { WorkerProcess } from './worker-process.ts'

const WORKER = fileURLToPath(new URL('./link-worker.ts', import.meta.url))

export class LinkProcess {
  readonly #worker: WorkerProcess<LinkCall, SocketAddress | null>

  constructor (shape: NetworkShape) {
    this.#worker = new WorkerProcess({ name: 'the link process', file: WORKER, settings: shape })
  }

  get pid (): number | undefined { return this.#worker.pid }

  async start (): Promise<void> {
    await this.#worker.start()
  }

  /** As {@link LinkProxy.addHost}. */
  async addHost (address: string, shape: HostShape): Promise<void> {
    await this.#worker.call({ do: 'addHost', address, shape })
  }

  /** As {@link LinkProxy.divide}. */
  async divide (sides: ReadonlyArray<readonly string[]>): Promise<void> {
    await this.#worker.call({ do: 'divide', sides })
  }

  /** As {@link LinkProxy.forward}. */
  async forward (target: SocketAddress): Promise<SocketAddress> {
    return (await this.#worker.call({ do: 'forward', target }))!
  }

  async stop (): Promise<void> {
    await this.#worker.kill()
  }
}
