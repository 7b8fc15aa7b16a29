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
import type { NetworkShape } from './distance.ts'
import { roleParts } from './role-parts.ts'
import { ShapedTcp } from './shaped-tcp.ts'
import { spoiling } from './spoiling.ts'

export interface NodeStart {
  name: string
  role: Role
  /** Of settings, as a daemon's. */
  file: string
  logPath: string
  /** What it dials from. */
  address: string
  isCorrupt?: boolean
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

interface Running { node: Node, shaped: ShapedTcp, log: WriteStream }

export class PackedNodes {
  readonly #shape: NetworkShape
  readonly #running = new Map<string, Running>()

  constructor (shape: NetworkShape) {
    this.#shape = shape
  }

  /** What a daemon's ready line says. Rejects with what keeps the node from starting. */
  async start (start: NodeStart): Promise<Record<string, string>> {
    const { name, role, file, address: localAddress, isCorrupt = false } = start
    const log = createWriteStream(start.logPath, { flags: 'a' })
    const { config } = loadConfig({ flags: { role }, file })
    const logger = componentLogger({ ...config.log, write: line => { log.write(line) } })
    const shaped = new ShapedTcp({ localAddress, shape: this.#shape })
    const node = await createNode({
      config,
      logger,
      onShutdown: () => { void this.stop(name) },
      tcp: shaped.transport,
      fetch: createHttpFetch({ localAddress }),
      ...roleParts(config, logger),
      ...(isCorrupt && { inventory: spoiling })
    })
    await node.start()
    this.#running.set(name, { node, shaped, log })
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
