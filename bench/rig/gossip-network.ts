/**
 * Many gossiping nodes in this process, connected as the DHT and neighbours would connect them.
 * in: how many. out: what each costs over some time.
 */

import { setTimeout as sleep } from 'node:timers/promises'
import type { Random } from '../../protocols/clock.ts'
import { GossipNode, type GossipNodeInit } from './gossip-node.ts'

const TICK_MS = 5_000
/** Dialled by each: at random, and of those whose IDs are nearest, as the DHT keeps them. */
const BY_CHANCE = 2
const BY_ID = 2

export interface Cost {
  /** Of one core, a node. */
  cpuShare: number
  bytesPerSecond: number
  framesPerMinute: number
}

export class GossipNetwork {
  readonly nodes: GossipNode[]
  readonly #ticking: Promise<void>
  #isOver = false

  private constructor (nodes: GossipNode[]) {
    this.nodes = nodes
    this.#ticking = this.#tick()
  }

  static async open (count: number, init: GossipNodeInit): Promise<GossipNetwork> {
    const nodes: GossipNode[] = []
    for (let number = 0; number < count; number++) nodes.push(await GossipNode.open(init))
    for (const node of nodes) {
      for (const other of meant(node, nodes, init.random)) await node.meet(other)
    }
    return new GossipNetwork(nodes)
  }

  /** The nodes of this process over so long. */
  async measure (ms: number): Promise<Cost> {
    const { nodes } = this
    const cpu = process.cpuUsage()
    const before = nodes.map(({ traffic }) => traffic)
    await sleep(ms)
    const { user, system } = process.cpuUsage(cpu)
    const sum = (of: (node: GossipNode, at: number) => number): number =>
      nodes.reduce((total, node, at) => total + of(node, at), 0) / nodes.length
    return {
      cpuShare: (user + system) / 1000 / ms / nodes.length,
      bytesPerSecond: sum((node, at) => node.traffic.bytes - before[at]!.bytes) / ms * 1000,
      framesPerMinute: sum((node, at) => node.traffic.frames - before[at]!.frames) / ms * 60_000
    }
  }

  async close (): Promise<void> {
    this.#isOver = true
    await this.#ticking
    await Promise.all(this.nodes.map(node => node.close()))
  }

  /** One after the other, spread over the five seconds, as separate nodes would be. */
  async #tick (): Promise<void> {
    while (!this.#isOver) {
      for (const node of this.nodes) {
        await node.tick()
        await sleep(TICK_MS / this.nodes.length)
        if (this.#isOver) return
      }
    }
  }
}

function meant (node: GossipNode, nodes: GossipNode[], random: Random): GossipNode[] {
  const others = nodes.filter(other => other !== node && !other.isNeighbourOf(node))
  const near = others.toSorted((a, b) => distance(a, node) - distance(b, node)).slice(0, BY_ID)
  const rest = others.filter(other => !near.includes(other))
  const lucky = Array.from({ length: Math.min(BY_CHANCE, rest.length) }, () =>
    rest.splice(Math.floor(random() * rest.length), 1)[0]!)
  return [...near, ...lucky]
}

/** By the first 32 bits. */
function distance (a: GossipNode, b: GossipNode): number {
  const HEX = 16
  return (Number.parseInt(a.id.slice(0, 8), HEX) ^ Number.parseInt(b.id.slice(0, 8), HEX)) >>> 0
}
