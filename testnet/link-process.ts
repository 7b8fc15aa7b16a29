/**
 * A {@link LinkProxy} in a process of its own, so that passing bytes on delays nobody who measures.
 */

import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { HostShape, NetworkShape, SocketAddress } from './link-proxy.ts'
import type { LinkAnswer, LinkCall } from './link-worker.ts'

const WORKER = fileURLToPath(new URL('./link-worker.ts', import.meta.url))

export class LinkProcess {
  readonly #shape: NetworkShape
  readonly #waiting = new Map<number, (answer: LinkAnswer) => void>()
  #child: ChildProcess | undefined
  #lastId = 0

  constructor (shape: NetworkShape) {
    this.#shape = shape
  }

  get pid (): number | undefined { return this.#child?.pid }

  async start (): Promise<void> {
    if (this.#child != null) return
    const child = fork(WORKER, [JSON.stringify(this.#shape)])
    this.#child = child
    child.on('message', (answer: LinkAnswer) => {
      this.#waiting.get(answer.id)?.(answer)
      this.#waiting.delete(answer.id)
    })
    child.on('exit', code => {
      for (const [id, answer] of this.#waiting) answer({ id, error: `exit code ${code}` })
      this.#waiting.clear()
    })
    await once(child, 'spawn')
  }

  /** As {@link LinkProxy.addHost}. */
  async addHost (address: string, shape: HostShape): Promise<void> {
    await this.#call({ do: 'addHost', address, shape })
  }

  /** As {@link LinkProxy.forward}. */
  async forward (target: SocketAddress): Promise<SocketAddress> {
    const { forwarded } = await this.#call({ do: 'forward', target })
    return forwarded!
  }

  async stop (): Promise<void> {
    const child = this.#child
    this.#child = undefined
    if (child == null || child.exitCode != null || child.signalCode != null) return
    child.kill('SIGKILL')
    await once(child, 'exit')
  }

  async #call (call: LinkCall): Promise<LinkAnswer> {
    const id = ++this.#lastId
    const answer = await new Promise<LinkAnswer>(resolve => {
      this.#waiting.set(id, resolve)
      if (this.#child?.connected === true) this.#child.send({ id, call })
      else resolve({ id, error: 'it does not run' })
    })
    if (answer.error != null) throw new Error(`the link process failed: ${answer.error}`)
    return answer
  }
}
