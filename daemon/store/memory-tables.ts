/**
 * Tables in memory. in: batches of changes. out: what was written, as long as the object lives.
 */

import { bytesOf, latin1 } from './latin1.ts'
import type { Table, Tables } from './table.ts'

/** Tables that live as long as the object, for tests and the simulation. */
export class MemoryTables implements Tables {
  readonly #tables = new Map<string, Map<string, Uint8Array>>()

  async open (): Promise<void> {}
  async close (): Promise<void> {}

  table (name: string): Table {
    const rows = this.#tables.get(name) ?? new Map<string, Uint8Array>()
    this.#tables.set(name, rows)
    return {
      async * entries () {
        yield Array.from(rows, ([key, value]) => [bytesOf(key), value])
      },
      async write (changes) {
        for (const change of changes) {
          const key = latin1(change.key)
          if (change.type === 'put') rows.set(key, change.value)
          else rows.delete(key)
        }
      }
    }
  }
}
