/**
 * The titles a page holds something of, in IndexedDB: told to others again after a reload.
 */

import type { CID } from 'multiformats/cid'
import type { TitleList } from '../../../daemon/retrieval/types.ts'
import { parseCid } from '../../../protocols/cid.ts'
import type { PageDatabase } from './open-database.ts'

export class IndexedDbTitleList implements TitleList {
  readonly #database: PageDatabase

  constructor (database: PageDatabase) {
    this.#database = database
  }

  async list (): Promise<CID[]> {
    return (await (await this.#database.open()).getAllKeys('titles')).map(parseCid)
  }

  async add (content: CID): Promise<void> {
    await (await this.#database.open()).put('titles', true, content.toString())
  }

  async remove (content: CID): Promise<void> {
    await (await this.#database.open()).delete('titles', content.toString())
  }
}

/** For a page that keeps nothing. */
export class MemoryTitleList implements TitleList {
  readonly #titles = new Map<string, CID>()

  async list (): Promise<CID[]> {
    return [...this.#titles.values()]
  }

  async add (content: CID): Promise<void> {
    this.#titles.set(content.toString(), content)
  }

  async remove (content: CID): Promise<void> {
    this.#titles.delete(content.toString())
  }
}
