/**
 * Nodes of the exchange that relay, in memory.
 * in: what they relay, links between them. out: nodes, and how WANTs with a route end.
 */

import { expect } from 'chai'
import { PeerUnreachableError } from '../../../protocols/errors.ts'
import type {
  ExchangeInit, Neighbour, PassingBlock, RelayLimits, RelayParts
} from '../../../protocols/exchange/index.ts'
import { sha256 } from '../../../protocols/sha256.ts'
import { type MemoryHost, MemoryNetwork } from './memory-network.ts'
import { eventually, failureOf, type SampleNode, sampleNode } from './sample-node.ts'

/** Of the blocks that are passed on. */
export const SIZE = 100_000

export interface RelayNode extends SampleNode<MemoryHost> {
  id: string
  relay: RelayLimits
  /** What it was asked to keep. */
  kept: PassingBlock[]
}

export class RelayRig {
  readonly network = new MemoryNetwork()
  readonly #nodes: RelayNode[] = []

  async close (): Promise<void> {
    await Promise.all(this.#nodes.splice(0).map(({ exchange }) => exchange.stop()))
  }

  async node (
    parts: Partial<RelayParts> = {}, init: Partial<ExchangeInit> = {}
  ): Promise<RelayNode> {
    const host = await this.network.host()
    const kept: PassingBlock[] = []
    const relay: RelayLimits = {
      isEnabled: true, perPeerBytesPerSecond: 0, parallelPerPeer: 16, memoryBytes: 16e6
    }
    const keep = (block: PassingBlock): void => { kept.push(block) }
    const given = { limits: relay, sha256, keep, ...parts }
    const sample = sampleNode(host, init, { relay: given })
    const made = { ...sample, id: `${host.peerId}`, relay, kept }
    this.#nodes.push(made)
    await made.exchange.start()
    return made
  }

  async connect (from: RelayNode, to: RelayNode): Promise<Neighbour> {
    const neighbour = await from.exchange.connect(to.host.peerId, [to.host.address])
    await eventually(() => to.exchange.neighbour(from.host.peerId) != null, 'both ends')
    return neighbour
  }

  /** Each a neighbour of the next; the first one's is returned. */
  async chain (...links: RelayNode[]): Promise<Neighbour> {
    const [first] = await Promise.all(
      links.slice(1).map((to, i) => this.connect(links[i]!, to)))
    return first!
  }
}

export const idsOf = (...route: RelayNode[]): string[] => route.map(({ id }) => id)

export async function unreachable (promise: Promise<unknown>): Promise<PeerUnreachableError> {
  const error = await failureOf(promise)
  expect(error).to.be.instanceOf(PeerUnreachableError)
  return error as PeerUnreachableError
}

/** For as long as it takes to pass something on. */
export async function expectNever (isTrue: () => boolean): Promise<void> {
  for (let turn = 0; turn < 20; turn++) {
    expect(isTrue()).to.equal(false)
    await new Promise(resolve => { setTimeout(resolve, 1) })
  }
}
