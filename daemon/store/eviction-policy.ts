/**
 * Which block makes room: a decision of memory alone, without clock, disk or network.
 * in: blocks that come, are used, and go. out: the next to evict. A new policy is one line here.
 */

import type { BlockKey } from './key.ts'
import { TinyLfu } from './tiny-lfu.ts'
import { TitleValues } from './title-values.ts'

/** Where a block stands: 32 bits that stand for its title, and its number there if it is known. */
export interface Spot { title: number, number?: number }

/** How many others hold something of a title; undefined when that is not known. */
export type Holders = (title: string) => number | undefined

/** Calls that name a block it was not given, or is not any more, change nothing. */
export interface EvictionPolicy {
  /** A block that may be evicted from now on; `cost` in bytes, `title` its title's name. */
  add (key: BlockKey, cost: number, spot?: Spot, title?: string): void
  use (key: BlockKey): void
  /** Evicted, deleted or pinned. */
  remove (key: BlockKey): void
  /** What to evict next; undefined when there is nothing. May be asked again before it is gone. */
  victim (): BlockKey | undefined
  /** Tells a policy that minds who else holds a title where to ask. */
  weigh? (holders: Holders): void
}

const POLICIES = {
  /** Least recently used; the store itself knows that order. */
  lru: () => undefined,
  tinylfu: () => new TinyLfu(),
  titles: () => new TitleValues()
} satisfies Record<string, () => EvictionPolicy | undefined>

export type StorePolicy = keyof typeof POLICIES

export function createPolicy (name: StorePolicy): EvictionPolicy | undefined {
  return POLICIES[name]()
}
