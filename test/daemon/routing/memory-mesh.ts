/**
 * Gossip without a network: nodes that are connected pass on what they accept.
 */

import type { PeerJudge, PubSub, Receive } from '../../../protocols/pubsub.ts'

export class MemoryMesh {
  readonly #nodes = new Map<string, MemoryPubSub>()
  readonly #links = new Map<string, Set<string>>()
  #pending = 0
  #rest = Promise.withResolvers<void>()

  node (id: string): MemoryPubSub {
    const made = new MemoryPubSub(id, this)
    this.#nodes.set(id, made)
    this.#links.set(id, new Set())
    return made
  }

  connect (a: string, b: string): void {
    this.#links.get(a)!.add(b)
    this.#links.get(b)!.add(a)
  }

  following (id: string, topic: string): MemoryPubSub[] {
    return [...this.#links.get(id)!].map(other => this.#nodes.get(other)!)
      .filter(other => other.topics.has(topic))
  }

  send (from: string, to: MemoryPubSub, topic: string, data: Uint8Array): void {
    this.#pending++
    void to.take(from, topic, data).finally(() => {
      if (--this.#pending > 0) return
      this.#rest.resolve()
      this.#rest = Promise.withResolvers()
    })
  }

  /** Nothing is on its way any more. */
  async settled (): Promise<void> {
    if (this.#pending > 0) await this.#rest.promise
  }
}

export class MemoryPubSub implements PubSub {
  readonly id: string
  readonly topics = new Map<string, Receive>()
  readonly traffic = { receivedBytes: 0, sentBytes: 0, sentFrames: 0 }
  judge: PeerJudge | undefined
  readonly #mesh: MemoryMesh
  readonly #seen = new Set<string>()

  constructor (id: string, mesh: MemoryMesh) {
    this.id = id
    this.#mesh = mesh
  }

  join (topic: string, receive: Receive): void { this.topics.set(topic, receive) }

  leave (topic: string): void { this.topics.delete(topic) }

  followers (topic: string): number { return this.#mesh.following(this.id, topic).length }

  judgedBy (judge: PeerJudge): void { this.judge = judge }

  async publish (topic: string, data: Uint8Array): Promise<void> {
    this.#seen.add(nameOf(topic, data))
    this.#pass(topic, data)
  }

  async take (from: string, topic: string, data: Uint8Array): Promise<void> {
    const name = nameOf(topic, data)
    const receive = this.topics.get(topic)
    if (receive == null || this.#seen.has(name)) return
    this.#seen.add(name)
    this.traffic.receivedBytes += data.byteLength
    if (await receive(data, from) === 'accept') this.#pass(topic, data, from)
  }

  #pass (topic: string, data: Uint8Array, from?: string): void {
    for (const other of this.#mesh.following(this.id, topic)) {
      if (other.id !== from) this.#mesh.send(this.id, other, topic, data)
    }
  }
}

const nameOf = (topic: string, data: Uint8Array): string =>
  `${topic} ${Buffer.from(data).toString('base64')}`
