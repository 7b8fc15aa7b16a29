/**
 * The database of a page: what it fetched, and what it knows of that, kept over reloads.
 * in: a name. out: an open connection to it.
 *
 * Pages of one site share it, each with an index of its own: what another page evicted counts as
 * damaged when it is read, and is fetched again.
 */

import { type DBSchema, type IDBPDatabase, openDB } from 'idb'

type Row = { key: Uint8Array<ArrayBuffer>, value: Uint8Array }

export interface PageSchema extends DBSchema {
  /** Bytes of a block, by its short name (daemon/store/key.ts). */
  blocks: { key: string, value: Uint8Array }
  /** Their lengths, which are read at the start without the bytes. */
  sizes: { key: string, value: number }
  pins: Row
  uses: Row
  /** Content IDs of the titles we hold something of. */
  titles: { key: string, value: true }
}

export type Database = IDBPDatabase<PageSchema>

export const DEFAULT_DATABASE = 'cdnd'
const STORES = ['blocks', 'sizes', 'pins', 'uses', 'titles'] as const
const VERSION = 1

/** A browser that keeps nothing says so late, or never. */
const OPEN_MS = 2_000

/** One connection for all who use the database, while any of them has it open. */
export class PageDatabase {
  readonly #name: string
  #opening: Promise<Database> | undefined
  #isLost = false

  constructor (name: string = DEFAULT_DATABASE) {
    this.#name = name
  }

  /** The browser has taken the data away, as when the user clears it. */
  get isLost (): boolean { return this.#isLost }

  /** @throws whatever the browser says when it keeps nothing, as in some private windows */
  async open (): Promise<Database> {
    this.#opening ??= this.#connect()
    return await this.#opening
  }

  async close (): Promise<void> {
    const database = await this.#opening?.catch(() => undefined)
    this.#opening = undefined
    database?.close()
  }

  async #connect (): Promise<Database> {
    this.#isLost = false
    const opening = this.#openNow()
    const late = Promise.withResolvers<never>()
    const timer = setTimeout(() => {
      late.reject(new DOMException(`the database did not open in ${OPEN_MS} ms`, 'TimeoutError'))
    }, OPEN_MS)
    try {
      return await Promise.race([opening, late.promise])
    } catch (err) {
      void opening.then(database => { database.close() }, () => {})
      this.#opening = undefined
      throw err
    } finally {
      clearTimeout(timer)
    }
  }

  /** Rejects where there is no IndexedDB at all. */
  async #openNow (): Promise<Database> {
    return await openDB<PageSchema>(this.#name, VERSION, {
      upgrade: database => { for (const name of STORES) database.createObjectStore(name) },
      // A later version of us may take over at once: this page goes on without.
      blocking: (_current, _blocked, event) => {
        this.#isLost = true
        const connection = event.target as IDBDatabase
        connection.close()
      },
      terminated: () => { this.#isLost = true }
    })
  }
}
