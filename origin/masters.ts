/**
 * The files titles were made from, kept beside what was made of them.
 * in: a file and a content ID. out: a copy named by that ID, whole or not there.
 */

import { constants, copyFile, mkdir, open, readdir, rename, rm } from 'node:fs/promises'
import { extname, join } from 'node:path'
import type { CID } from 'multiformats/cid'

const EXTENSION = /^\.[a-z0-9]{1,8}$/
const PARTIAL = '.partial'

export class Masters {
  readonly #folder: string

  constructor (folder: string) {
    this.#folder = folder
  }

  /** Path of a master by the name that {@link keep} gave it. */
  pathOf (name: string): string {
    return join(this.#folder, name)
  }

  /** The copy's name. Where the file system shares blocks between files, it takes no room. */
  async keep (path: string, id: CID): Promise<string> {
    const extension = extname(path).toLowerCase()
    const name = `${id}${EXTENSION.test(extension) ? extension : ''}`
    const partial = this.pathOf(`${name}${PARTIAL}`)
    await mkdir(this.#folder, { recursive: true })
    try {
      await copyFile(path, partial, constants.COPYFILE_FICLONE)
      const copy = await open(partial, 'r+')
      try {
        await copy.sync()
      } finally {
        await copy.close()
      }
      await rename(partial, this.pathOf(name))
    } catch (err) {
      await rm(partial, { force: true })
      throw err
    }
    return name
  }

  /** Drops the master of a title, and what a crash left of one. */
  async removeOf (id: CID): Promise<void> {
    await this.#removeIf(name => name.startsWith(String(id)))
  }

  /** Drops what is not among `names`: copies that a crash kept from being published. */
  async retain (names: Set<string>): Promise<void> {
    await this.#removeIf(name => !names.has(name))
  }

  async #removeIf (isUnwanted: (name: string) => boolean): Promise<void> {
    await mkdir(this.#folder, { recursive: true })
    for (const name of await readdir(this.#folder)) {
      if (isUnwanted(name)) await rm(this.pathOf(name), { force: true })
    }
  }
}
