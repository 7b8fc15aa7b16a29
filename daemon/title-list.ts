/**
 * The titles a node holds something of, kept in one JSON file.
 * in: content IDs. out: the same after a restart; a damaged file counts as empty, since blocks can
 * be fetched again.
 */

import { mkdir, readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Logger } from '@libp2p/interface'
import type { CID } from 'multiformats/cid'
import { parseCid } from '../protocols/cid.ts'
import { replaceFile } from './replace-file.ts'
import type { TitleList } from './retrieval/index.ts'

export class FileTitleList implements TitleList {
  readonly #path: string
  readonly #log: Logger
  #titles: Promise<Set<string>> | undefined
  #writing: Promise<void> = Promise.resolve()

  constructor (path: string, log: Logger) {
    this.#path = path
    this.#log = log
  }

  async list (): Promise<CID[]> {
    return [...await this.#loaded()].map(parseCid)
  }

  async add (content: CID): Promise<void> {
    const titles = await this.#loaded()
    if (titles.has(content.toString())) return
    titles.add(content.toString())
    await this.#write(titles)
  }

  async remove (content: CID): Promise<void> {
    const titles = await this.#loaded()
    if (titles.delete(content.toString())) await this.#write(titles)
  }

  /** One set for all, however many ask while it is read. */
  #loaded (): Promise<Set<string>> {
    this.#titles ??= this.#read().then(names => new Set(names))
    return this.#titles
  }

  async #read (): Promise<string[]> {
    try {
      const names = JSON.parse(await readFile(this.#path, 'utf8')) as unknown
      if (!Array.isArray(names)) throw new TypeError('not a list')
      return names.map(name => parseCid(String(name)).toString())
    } catch (err) {
      if ((err as NodeJS.ErrnoException).code !== 'ENOENT') {
        this.#log.error('the list of titles %s is damaged and starts anew - %e', this.#path, err)
      }
      return []
    }
  }

  /** One write at a time. */
  async #write (titles: Set<string>): Promise<void> {
    this.#writing = this.#writing.catch(() => { /* its own caller was told */ }).then(async () => {
      await mkdir(dirname(this.#path), { recursive: true })
      await replaceFile(this.#path, JSON.stringify([...titles]))
    })
    await this.#writing
  }
}
