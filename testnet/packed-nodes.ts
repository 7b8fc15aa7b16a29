/**
 * Whole nodes that share a process, each with an IP address of its own in an emulated network.
 * in: files of settings. out: nodes that run, to be stopped or cut off one by one.
 */

import { createWriteStream, type WriteStream } from 'node:fs'
import { loadConfig } from '../daemon/config.ts'
import { createHttpFetch } from '../daemon/http-fetch.ts'
import { componentLogger } from '../daemon/log.ts'
import { createNode, type Node } from '../daemon/node.ts'
import type { Role } from '../protocols/exchange/index.ts'
import type { Conduct } from './conduct.ts'
import type { NetworkShape } from './distance.ts'
import { Division } from './division.ts'
import { Misconduct } from './misconduct.ts'
import { roleParts } from './role-parts.ts'
import { ShapedTcp } from './shaped-tcp.ts'
import { skewClock } from './skewed-clock.ts'
import { type HostShape, Wires } from './wires.ts'

export interface NodeStart {
  name: string
  role: Role
  /** Of settings, as a daemon's. */
  file: string
  logPath: string
  /** What it dials from. */
  address: string
  /** Unlimited unless given. */
  wires?: HostShape
  conduct?: Conduct
}

/** What one node has to do with others. */
export interface NodeSnapshot {
  name: string
  /** Open now, to whomever. */
  connections: number
  /** Exchange streams open now. */
  neighbours: number
  /** Connections since its start. */
  dialled: number
  accepted: number
}

interface Running { node: Node, shaped: ShapedTcp, misconduct: Misconduct, log: WriteStream }

export class PackedNodes {
  readonly #shape: NetworkShape
  readonly #division = new Division()
  readonly #running = new Map<string, Running>()

  constructor (shape: NetworkShape) {
    this.#shape = shape
  }

  /** What a daemon's ready line says. Rejects with what keeps the node from starting. */
  async start (start: NodeStart): Promise<Record<string, string>> {
    const { name, role, file, address: localAddress, conduct = {} } = start
    const log = createWriteStream(start.logPath, { flags: 'a' })
    const { config } = loadConfig({ flags: { role }, file })
    const logger = componentLogger({ ...config.log, write: line => { log.write(line) } })
    const misconduct = new Misconduct(conduct)
    const shaped = new ShapedTcp({
      localAddress, shape: this.#shape, wires: new Wires(start.wires), division: this.#division
    })
    if (conduct.clockSkewMs != null) skewClock(conduct.clockSkewMs)
    const node = await createNode({
      config,
      logger,
      onShutdown: () => { void this.stop(name) },
      tcp: shaped.transport,
      fetch: createHttpFetch({ localAddress }),
      ...roleParts(config, logger),
      ...misconduct.components
    })
    await node.start()
    this.#running.set(name, { node, shaped, misconduct, log })
    const { host, gateway, control } = node
    return {
      peer: host.peerId.toString(),
      gateway: gateway.url(),
      control: control.url(),
      p2p: host.getMultiaddrs().map(String).join(',')
    }
  }

  async stop (name: string): Promise<void> {
    const running = this.#running.get(name)
    this.#running.delete(name)
    await running?.node.stop()
    running?.log.end()
  }

  /** As {@link stop}, but it can tell nobody. */
  async cut (name: string): Promise<void> {
    this.#running.get(name)?.shaped.cut()
    await this.stop(name)
  }

  /** Other wires for libp2p from now on. */
  rewire (name: string, wires: HostShape): void {
    this.#running.get(name)?.shaped.wires.change(wires)
  }

  /** Another conduct from now on; the clock is that of all in this process. */
  conduct (name: string, conduct: Conduct): void {
    const before = this.#running.get(name)?.misconduct.change(conduct)
    if (before?.clockSkewMs !== conduct.clockSkewMs) skewClock(conduct.clockSkewMs ?? 0)
  }

  /** As {@link Division.divide}, of these nodes and those they meet. */
  divide (sides: ReadonlyArray<readonly string[]>): void {
    this.#division.divide(sides)
  }

  async stopAll (): Promise<void> {
    await Promise.all([...this.#running.keys()].map(name => this.stop(name)))
  }

  snapshot (): NodeSnapshot[] {
    return [...this.#running].map(([name, { node, shaped }]) => ({
      name,
      connections: node.host.getConnections().length,
      neighbours: [...node.parts.exchange.neighbours()].length,
      ...shaped.counts
    }))
  }
}
