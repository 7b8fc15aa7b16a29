/**
 * Small persistent maps in one folder. A write is atomic: after a `kill -9` all of its changes are
 * there or none. in: batches of changes. out: every entry, once, at start.
 */

import { Level } from 'level'
import { join } from 'node:path'
import { StoreLockedError } from '../../protocols/errors.ts'
import { asDiskFull } from './disk-full.ts'

export type TableChange =
  | { type: 'put', key: Uint8Array, value: Uint8Array }
  | { type: 'del', key: Uint8Array }

export interface Table {
  /** Every entry, some at a time: an await for each would take longer than to read it. */
  entries (): AsyncIterable<Array<[key: Uint8Array, value: Uint8Array]>>
  /** Writes land in the order of the calls. */
  write (changes: TableChange[]): Promise<void>
}

export interface Tables {
  /** @throws StoreLockedError when the folder is in use */
  open (): Promise<void>
  close (): Promise<void>
  /** The table of that name, while open. */
  table (name: string): Table
}

/** A value of four bytes, big-endian. */
export function readUInt32 (value: Uint8Array): number {
  return new DataView(value.buffer, value.byteOffset, value.byteLength).getUint32(0)
}

export function uint32 (value: number): Uint8Array {
  return uint32s([value])
}

/** Several of them, one after the other. */
export function readUInt32s (value: Uint8Array): number[] {
  const words = new DataView(value.buffer, value.byteOffset, value.byteLength)
  return Array.from({ length: value.byteLength >> 2 }, (_, i) => words.getUint32(i * 4))
}

export function uint32s (values: number[]): Uint8Array {
  const bytes = new Uint8Array(values.length * 4)
  const words = new DataView(bytes.buffer)
  for (const [i, value] of values.entries()) words.setUint32(i * 4, value)
  return bytes
}

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
        yield Array.from(rows, ([key, value]) => [Buffer.from(key, 'latin1'), value])
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
