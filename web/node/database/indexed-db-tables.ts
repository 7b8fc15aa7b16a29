/**
 * The store's small tables in IndexedDB: one transaction a write.
 */

import type { Table, TableChange, Tables } from '../../../daemon/store/table.ts'
import type { PageDatabase } from './open-database.ts'

/** What there is room for in the database's schema. */
const TABLES = ['pins', 'uses'] as const
type TableName = typeof TABLES[number]

export class IndexedDbTables implements Tables {
  readonly #database: PageDatabase

  constructor (database: PageDatabase) {
    this.#database = database
  }

  async open (): Promise<void> {
    await this.#database.open()
  }

  async close (): Promise<void> {
    await this.#database.close()
  }

  table (name: string): Table {
    const store = TABLES.find(each => each === name)
    if (store == null) throw new Error(`there is no table "${name}" in a page's database`)
    return {
      entries: () => entriesOf(this.#database, store),
      write: async changes => { await write(this.#database, store, changes) }
    }
  }
}

async function * entriesOf (
  database: PageDatabase, name: TableName
): AsyncGenerator<Array<[Uint8Array, Uint8Array]>> {
  const rows = (await database.open()).transaction(name).store
  const [keys, values] = await Promise.all([rows.getAllKeys(), rows.getAll()])
  // A binary key comes back as its buffer.
  yield keys.map((key, i) => [new Uint8Array(key as unknown as ArrayBuffer), values[i]!])
}

async function write (
  database: PageDatabase, name: TableName, changes: TableChange[]
): Promise<void> {
  if (changes.length === 0) return
  const all = (await database.open()).transaction(name, 'readwrite')
  await Promise.all([
    ...changes.map(async change => {
      const key = change.key.slice()
      if (change.type === 'put') await all.store.put(change.value.slice(), key)
      else await all.store.delete(key)
    }),
    all.done
  ])
}
