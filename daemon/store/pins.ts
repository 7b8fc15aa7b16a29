/**
 * Named sets of blocks to keep. in: a name and keys. out: whether any set names a block.
 * A row of the table is 33 bytes of key, then the name.
 */

import { type BlockKey, keyBytes, keyFromBytes } from './key.ts'
import type { Table, TableChange } from './table.ts'

const KEY_BYTES = 33

/** Changes kept back before they are written together. */
const BATCH = 1000

const NOTHING = new Uint8Array()

export class PinSets {
  readonly #sets = new Map<string, Set<BlockKey>>()
  /** How many sets name the block. */
  readonly #counts = new Map<BlockKey, number>()
  readonly #unwritten: TableChange[] = []
  #table: Table | undefined

  async load (table: Table): Promise<void> {
    this.#sets.clear()
    this.#counts.clear()
    this.#table = table
    for await (const rows of table.entries()) {
      for (const [row] of rows) {
        const name = new TextDecoder().decode(row.subarray(KEY_BYTES))
        this.#include(name, keyFromBytes(row.subarray(0, KEY_BYTES)))
      }
    }
  }

  isPinned (key: BlockKey): boolean {
    return this.#counts.has(key)
  }

  /** In force at once; kept over restarts once `flush` has resolved. */
  async add (name: string, key: BlockKey): Promise<void> {
    if (!this.#include(name, key)) return
    this.#unwritten.push({ type: 'put', key: rowOf(name, key), value: NOTHING })
    if (this.#unwritten.length >= BATCH) await this.flush()
  }

  /** Drops a set. The keys that no set names any more, or undefined when there was no such set. */
  drop (name: string): BlockKey[] | undefined {
    const set = this.#sets.get(name)
    if (set == null) return undefined
    this.#sets.delete(name)
    for (const key of set) this.#unwritten.push({ type: 'del', key: rowOf(name, key) })
    return [...set].filter(key => this.#release(key))
  }

  async flush (): Promise<void> {
    await this.#table?.write(this.#unwritten.splice(0))
  }

  * names (): Generator<{ name: string, blocks: number }> {
    for (const [name, set] of this.#sets) yield { name, blocks: set.size }
  }

  /** True when the set did not name the block yet. */
  #include (name: string, key: BlockKey): boolean {
    const set = this.#sets.get(name) ?? new Set<BlockKey>()
    this.#sets.set(name, set)
    if (set.has(key)) return false
    set.add(key)
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1)
    return true
  }

  /** True when that was the last set that named the block. */
  #release (key: BlockKey): boolean {
    const count = (this.#counts.get(key) ?? 1) - 1
    if (count === 0) return this.#counts.delete(key)
    this.#counts.set(key, count)
    return false
  }
}

function rowOf (name: string, key: BlockKey): Uint8Array {
  const label = new TextEncoder().encode(name)
  const row = new Uint8Array(KEY_BYTES + label.byteLength)
  row.set(keyBytes(key))
  row.set(label, KEY_BYTES)
  return row
}
