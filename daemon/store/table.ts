/**
 * Small persistent maps in one folder. A write is atomic: after a `kill -9` all of its changes are
 * there or none. in: batches of changes. out: every entry, once, at start.
 */

import { Level } from 'level'
import { join } from 'node:path'
import { StoreLockedError } from '../../protocols/errors.ts'

export type TableChange =
  | { type: 'put', key: Uint8Array, value: Uint8Array }
  | { type: 'del', key: Uint8Array }

export interface Table {
  entries (): AsyncIterable<[key: Uint8Array, value: Uint8Array]>
  /** Concurrent writes land in any order: whoever cares about order waits for the first. */
  write (changes: TableChange[]): Promise<void>
}

export interface Tables {
  /** @throws StoreLockedError when the folder is in use */
  open (): Promise<void>
  close (): Promise<void>
  /** The table of that name, while open. */
  table (name: string): Table
}

/** Entries fetched from level at a time: fewer are slower, more hold more memory. */
const READ_AHEAD = 1000

type Database = Level<Uint8Array, Uint8Array>
type Sublevel = ReturnType<typeof openSublevel>

/** Tables in a level database at `<path>/index`; its lock is the lock of the whole store. */
export class LevelTables implements Tables {
  readonly #path: string
  #db: Database | undefined

  constructor (path: string) {
    this.#path = path
  }

  async open (): Promise<void> {
    if (this.#db != null) return
    const db: Database = new Level(join(this.#path, 'index'), { compression: false })
    try {
      await db.open()
    } catch (err) {
      throw isLocked(err) ? lockedError(this.#path, err) : err
    }
    this.#db = db
  }

  async close (): Promise<void> {
    const db = this.#db
    this.#db = undefined
    await db?.close()
  }

  table (name: string): Table {
    if (this.#db == null) throw new Error('the store is not started')
    return new LevelTable(openSublevel(this.#db, name))
  }
}

class LevelTable implements Table {
  readonly #level: Sublevel

  constructor (level: Sublevel) {
    this.#level = level
  }

  async * entries (): AsyncGenerator<[Uint8Array, Uint8Array]> {
    const iterator = this.#level.iterator()
    try {
      for (;;) {
        const entries = await iterator.nextv(READ_AHEAD)
        if (entries.length === 0) return
        yield * entries
      }
    } finally {
      await iterator.close()
    }
  }

  async write (changes: TableChange[]): Promise<void> {
    if (changes.length > 0) await this.#level.batch(changes)
  }
}

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
        for (const [key, value] of rows) yield [Buffer.from(key, 'latin1'), value]
      },
      async write (changes) {
        for (const change of changes) {
          const key = Buffer.from(change.key).toString('latin1')
          if (change.type === 'put') rows.set(key, change.value)
          else rows.delete(key)
        }
      }
    }
  }
}

function openSublevel (db: Database, name: string) {
  return db.sublevel<Uint8Array, Uint8Array>(name, { keyEncoding: 'view', valueEncoding: 'view' })
}

function isLocked (err: unknown): boolean {
  const cause = err instanceof Error ? err.cause : undefined
  return cause instanceof Error && 'code' in cause && cause.code === 'LEVEL_LOCKED'
}

function lockedError (path: string, cause: unknown): StoreLockedError {
  return new StoreLockedError(
    `the store in ${path} is open already: stop the node that has it, or set another data folder`,
    { cause }
  )
}
