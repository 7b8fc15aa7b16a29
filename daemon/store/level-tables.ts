/**
 * Tables in a level database. in: a folder. out: tables that are there again after a restart, which
 * one process at a time may open.
 */

import { Level } from 'level'
import { join } from 'node:path'
import { StoreLockedError } from '../../protocols/errors.ts'
import { asDiskFull } from './disk-full.ts'
import type { Table, TableChange, Tables } from './table.ts'

/** Entries fetched from level at a time: fewer are slower, more hold more memory. */
const READ_AHEAD = 1000

type Database = Level<Uint8Array, Uint8Array>
type Sublevel = ReturnType<typeof sublevelOf>

interface Waiting {
  name: string
  changes: TableChange[]
  written: PromiseWithResolvers<void>
}

/** Tables in a level database at `<path>/index`; its lock is the lock of the whole store. */
export class LevelTables implements Tables {
  readonly #path: string
  #db: Database | undefined
  /** One a table: level holds on to each until it closes. */
  readonly #sublevels = new Map<string, Sublevel>()
  /** Writes that come while one is under way go together next; bounded by the callers that wait. */
  #waiting: Waiting[] = []
  #writing: Promise<void> | undefined
  /** LevelDB takes no write after one that failed, as on a full disk, until it is opened anew. */
  #hasFailed = false

  constructor (path: string) {
    this.#path = path
  }

  async open (): Promise<void> {
    if (this.#db != null) return
    const db: Database = new Level(join(this.#path, 'index'), { compression: false })
    try {
      await db.open()
    } catch (err) {
      throw isLocked(err) ? lockedError(this.#path, err) : asDiskFull(err, this.#path)
    }
    this.#db = db
    this.#hasFailed = false
  }

  async close (): Promise<void> {
    await this.#writing
    await this.#shut()
  }

  table (name: string): Table {
    return {
      entries: () => entriesOf(this.#sublevel(name)),
      write: async changes => {
        const written = Promise.withResolvers<void>()
        this.#waiting.push({ name, changes, written })
        this.#writing ??= this.#writeWaiting()
        await written.promise
      }
    }
  }

  async #writeWaiting (): Promise<void> {
    while (this.#waiting.length > 0) {
      const round = this.#waiting
      this.#waiting = []
      try {
        await this.#write(round)
        for (const { written } of round) written.resolve()
      } catch (err) {
        this.#hasFailed ||= hasCode(err, 'LEVEL_IO_ERROR')
        for (const { written } of round) written.reject(asDiskFull(err, this.#path))
      }
    }
    this.#writing = undefined
  }

  async #write (round: Waiting[]): Promise<void> {
    if (this.#hasFailed) {
      await this.#shut()
      await this.open()
    }
    await this.#opened().batch(round.flatMap(({ name, changes }) => {
      const sublevel = this.#sublevel(name)
      return changes.map(change => ({ ...change, sublevel }))
    }))
  }

  #sublevel (name: string): Sublevel {
    const sublevel = this.#sublevels.get(name) ?? sublevelOf(this.#opened(), name)
    this.#sublevels.set(name, sublevel)
    return sublevel
  }

  #opened (): Database {
    if (this.#db == null) throw new Error('the store is not started')
    return this.#db
  }

  async #shut (): Promise<void> {
    const db = this.#db
    this.#db = undefined
    this.#sublevels.clear()
    await db?.close()
  }
}

async function * entriesOf (
  sublevel: Sublevel
): AsyncGenerator<Array<[Uint8Array, Uint8Array]>> {
  const iterator = sublevel.iterator()
  try {
    for (;;) {
      const entries = await iterator.nextv(READ_AHEAD)
      if (entries.length === 0) return
      yield entries
    }
  } finally {
    await iterator.close()
  }
}

function sublevelOf (db: Database, name: string) {
  return db.sublevel<Uint8Array, Uint8Array>(name, { keyEncoding: 'view', valueEncoding: 'view' })
}

function isLocked (err: unknown): boolean {
  return err instanceof Error && hasCode(err.cause, 'LEVEL_LOCKED')
}

function hasCode (err: unknown, code: string): boolean {
  return err instanceof Error && 'code' in err && err.code === code
}

function lockedError (path: string, cause: unknown): StoreLockedError {
  return new StoreLockedError(
    `the store in ${path} is open already: stop the node that has it, or set another data folder`,
    { cause }
  )
}
