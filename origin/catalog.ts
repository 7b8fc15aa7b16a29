/**
 * The catalogue: what this origin has published, kept in one JSON file that is replaced as a whole.
 * in: entries. out: the same after any crash. A title is published when it stands here.
 */

import { mkdir, readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { CID } from 'multiformats/cid'
import { z } from 'zod'
import { replaceFile } from '../daemon/replace-file.ts'
import { parseCid } from '../protocols/cid.ts'
import { InvalidArgumentError, InvalidConfigError } from '../protocols/errors.ts'
import { MAX_ALIAS_LENGTH } from '../protocols/limits.ts'
import type { CatalogEntry } from './types.ts'

/** Entries one catalogue holds: past this a JSON file is the wrong place. */
export const MAX_CATALOG_ENTRIES = 20_000

const ALIAS = /^[A-Za-z0-9][A-Za-z0-9._-]*$/

const entrySchema = z.object({
  id: z.string().transform(parseCid),
  title: z.string(),
  alias: z.string().optional(),
  createdAt: z.string(),
  source: z.string(),
  master: z.string().optional(),
  settings: z.object({
    bitrates: z.array(z.number()),
    segmentMs: z.number(),
    ladder: z.array(z.number()),
    blockBytes: z.number()
  }),
  durationMs: z.number(),
  size: z.number(),
  renditions: z.array(z.string())
})
const schema = z.object({
  version: z.literal(1), titles: z.array(entrySchema).max(MAX_CATALOG_ENTRIES)
})

export class Catalog {
  readonly #path: string
  #entries = new Map<string, CatalogEntry>()
  /** Saves go one after the other; each writes what is true when its turn comes. */
  #saving: Promise<void> = Promise.resolve()

  /** Nothing is read before {@link start}. */
  constructor (path: string) {
    this.#path = path
  }

  /** Reads the file, if there is one. @throws InvalidConfigError when it is damaged */
  async start (): Promise<void> {
    await mkdir(dirname(this.#path), { recursive: true })
    const titles = parse(await readIfThere(this.#path), this.#path)
    this.#entries = new Map(titles.map(entry => [String(entry.id), entry]))
  }

  /** By content ID or alias. */
  get (idOrAlias: CID | string): CatalogEntry | undefined {
    const name = String(idOrAlias)
    return this.#entries.get(name) ?? this.list().find(entry => entry.alias === name)
  }

  /** Oldest first. */
  list (): CatalogEntry[] {
    return Array.from(this.#entries.values())
  }

  /** @throws InvalidArgumentError when the alias is malformed, or names another title than `id` */
  assertAlias (alias: string, id?: CID): void {
    if (alias.length > MAX_ALIAS_LENGTH || !ALIAS.test(alias) || isCid(alias)) {
      throw new InvalidArgumentError(`alias "${alias.slice(0, MAX_ALIAS_LENGTH)}": give up to ` +
        `${MAX_ALIAS_LENGTH} letters, digits, ".", "_", "-", a letter or digit first, and no CID`)
    }
    const taken = this.get(alias)
    if (taken != null && (id == null || !taken.id.equals(id))) {
      throw new InvalidArgumentError(
        `alias "${alias}" is taken by "${taken.title}" (${taken.id}): choose another`
      )
    }
  }

  /**
   * Publishes the entry. One published before keeps its date, and its alias unless given a new one.
   *
   * @throws InvalidArgumentError, and what the file system throws; then nothing has changed
   */
  async add (entry: CatalogEntry): Promise<CatalogEntry> {
    const name = String(entry.id)
    const before = this.#entries.get(name)
    if (entry.alias != null) this.assertAlias(entry.alias, entry.id)
    if (before == null && this.#entries.size >= MAX_CATALOG_ENTRIES) {
      throw new InvalidArgumentError(
        `the catalogue has ${MAX_CATALOG_ENTRIES} titles, which is all it holds: remove some`
      )
    }
    const alias = entry.alias ?? before?.alias
    const createdAt = before?.createdAt ?? entry.createdAt
    const added = { ...entry, createdAt, ...alias != null && { alias } }
    await this.#replace(name, added)
    return added
  }

  /** The entry that was there. */
  async remove (idOrAlias: CID | string): Promise<CatalogEntry | undefined> {
    const entry = this.get(idOrAlias)
    if (entry != null) await this.#replace(String(entry.id), undefined)
    return entry
  }

  async #replace (name: string, entry: CatalogEntry | undefined): Promise<void> {
    const saved = this.#saving.then(async () => {
      const next = new Map(this.#entries)
      if (entry == null) next.delete(name)
      else next.set(name, entry)
      const titles = Array.from(next.values(), each => ({ ...each, id: String(each.id) }))
      const text = JSON.stringify({ version: 1, titles }, undefined, 2)
      await replaceFile(this.#path, `${text}\n`)
      this.#entries = next
    })
    this.#saving = saved.catch(() => {}) // The caller hears of it; the next save starts afresh.
    await saved
  }
}

function parse (text: string | undefined, path: string): CatalogEntry[] {
  if (text == null) return []
  try {
    return schema.parse(JSON.parse(text)).titles
  } catch (cause) {
    throw new InvalidConfigError(`the catalogue ${path} is damaged: restore it from a backup, or ` +
      'move it away to start with an empty one', { cause })
  }
}

async function readIfThere (path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (err) {
    if ((err as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw err
  }
}

function isCid (text: string): boolean {
  try {
    return parseCid(text) != null
  } catch {
    return false
  }
}
