/**
 * What the store's policies are measured against: least frequently used, the lru-cache package,
 * and what nobody can know in time, which block is used last of all.
 */

import { LRUCache } from 'lru-cache'
import type { EvictionPolicy, Spot } from '../../daemon/store/eviction-policy.ts'
import { LruList, LruNode } from '../../daemon/store/lru-list.ts'
import type { Trace } from './cache-trace.ts'

/** True for a hit; a miss is taken in. */
export type Cache = (block: number, at: number) => boolean

/** What the store is told of a block. */
export type SpotOf = (trace: Trace, block: number) => Spot | undefined

const place: SpotOf = ({ titleOf, numberOf }, block) =>
  ({ title: titleOf[block]!, number: numberOf[block]! })

/** A store's bound around one of its policies, without disk and time. */
export function policyCache (
  trace: Trace, capacity: number, policy: EvictionPolicy, spotOf = place
): Cache {
  const { keys, segmentBytes } = trace
  const held = new Set<string>()
  return block => {
    const key = keys[block]!
    if (held.has(key)) {
      policy.use(key)
      return true
    }
    while ((held.size + 1) * segmentBytes > capacity) {
      const victim = policy.victim()!
      policy.remove(victim)
      held.delete(victim)
    }
    held.add(key)
    policy.add(key, segmentBytes, spotOf(trace, block))
    return false
  }
}

/** As the store does where it has no policy. */
export class Lru implements EvictionPolicy {
  readonly #nodes = new Map<string, LruNode<string>>()
  readonly #list = new LruList<string>()

  add (key: string, cost: number): void {
    const node = new LruNode(key, cost)
    this.#nodes.set(key, node)
    this.#list.push(node)
  }

  use (key: string): void {
    this.#list.push(this.#nodes.get(key)!)
  }

  remove (key: string): void {
    this.#list.remove(this.#nodes.get(key)!)
    this.#nodes.delete(key)
  }

  victim (): string | undefined {
    return this.#list.oldest?.item
  }
}

/** Least often used since it came; among equals the one unused longest. */
export class Lfu implements EvictionPolicy {
  readonly #nodes = new Map<string, LruNode<string>>()
  readonly #uses = new Map<string, number>()
  readonly #lists = new Map<number, LruList<string>>()

  add (key: string, cost: number): void {
    this.#nodes.set(key, new LruNode(key, cost))
    this.use(key)
  }

  use (key: string): void {
    const uses = (this.#uses.get(key) ?? 0) + 1
    this.#uses.set(key, uses)
    const list = this.#lists.get(uses) ?? new LruList<string>()
    this.#lists.set(uses, list)
    list.push(this.#nodes.get(key)!)
  }

  remove (key: string): void {
    const node = this.#nodes.get(key)!
    node.list?.remove(node)
    this.#nodes.delete(key)
    this.#uses.delete(key)
  }

  victim (): string | undefined {
    for (let uses = 1; uses <= this.#lists.size; uses++) {
      const oldest = this.#lists.get(uses)?.oldest
      if (oldest != null) return oldest.item
    }
    return undefined
  }
}

export function lruPackage (trace: Trace, capacity: number): Cache {
  const { keys, segmentBytes } = trace
  const cache = new LRUCache<string, true>({
    maxSize: Math.floor(capacity), sizeCalculation: () => segmentBytes
  })
  return block => {
    const key = keys[block]!
    if (cache.get(key) === true) return true
    cache.set(key, true)
    return false
  }
}

/**
 * Belady's optimum, which sees the future: whatever is used last of all goes, or never comes in.
 * Exact where all blocks have one size, as here.
 */
export function belady ({ blocks, segmentBytes }: Trace, capacity: number): Cache {
  const room = Math.floor(capacity / segmentBytes)
  const nextUse = new Uint32Array(blocks.length).fill(NEVER)
  const last = new Map<number, number>()
  for (let at = blocks.length - 1; at >= 0; at--) {
    nextUse[at] = last.get(blocks[at]!) ?? NEVER
    last.set(blocks[at]!, at)
  }
  const held = new Map<number, number>()
  const heap = new LatestFirst()
  return (block, at) => {
    const isHit = held.has(block)
    held.set(block, nextUse[at]!)
    heap.push(nextUse[at]!, block)
    while (held.size > room) {
      const [use, latest] = heap.pop()
      if (held.get(latest) === use) held.delete(latest)
    }
    return isHit
  }
}

const NEVER = 0xffffffff

/** A binary heap of (time, block), the latest time on top. */
class LatestFirst {
  readonly #times: number[] = []
  readonly #blocks: number[] = []

  push (time: number, block: number): void {
    let at = this.#times.push(time) - 1
    this.#blocks.push(block)
    for (let up = (at - 1) >> 1; at > 0 && this.#times[up]! < time; up = (at - 1) >> 1) {
      this.#swap(at, up)
      at = up
    }
  }

  pop (): [time: number, block: number] {
    const top: [number, number] = [this.#times[0]!, this.#blocks[0]!]
    this.#swap(0, this.#times.length - 1)
    this.#times.pop()
    this.#blocks.pop()
    for (let at = 0, down = 1; down < this.#times.length; down = at * 2 + 1) {
      if ((this.#times[down + 1] ?? -1) > this.#times[down]!) down++
      if (this.#times[down]! <= this.#times[at]!) break
      this.#swap(at, down)
      at = down
    }
    return top
  }

  #swap (a: number, b: number): void {
    for (const list of [this.#times, this.#blocks]) [list[a], list[b]] = [list[b]!, list[a]!]
  }
}
