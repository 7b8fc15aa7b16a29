/**
 * Where an ingest works, and what undoes one that a crash cut off.
 *
 *   <folder>/<job>/media/…        ffmpeg's output
 *   <folder>/<job>/written.json   {id, cids}: what the job adds to the store, written beforehand
 */

import { randomUUID } from 'node:crypto'
import { mkdir, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { CID } from 'multiformats/cid'
import { z } from 'zod'
import { replaceFile } from '../daemon/replace-file.ts'
import { parseCid } from '../protocols/cid.ts'
import { endOrphans } from './orphans.ts'

/** What a job may have added to the store. */
export interface Journal {
  /** The title it was for. */
  id: CID
  cids: CID[]
}

/** A job that failed or that a crash cut off. */
export interface Leftover {
  /** Absent as long as nothing was written. */
  readonly journal?: Journal
  remove (): Promise<void>
}

export interface ScratchJob extends Leftover {
  /** An empty folder for media. */
  readonly media: string
  /** Says which blocks are about to be written. */
  record (journal: Journal): Promise<void>
}

const JOURNAL = 'written.json'
const MEDIA = 'media'
/** For a program that writes one more file while its folder is emptied. */
const REMOVAL_TRIES = 5
const schema = z.object({ id: z.string(), cids: z.array(z.string()) })

export class Scratch {
  readonly #folder: string

  constructor (folder: string) {
    this.#folder = folder
  }

  async create (): Promise<ScratchJob> {
    const folder = join(this.#folder, randomUUID())
    const media = join(folder, MEDIA)
    await mkdir(media, { recursive: true })
    let recorded: Journal | undefined
    return {
      media,
      get journal () { return recorded },
      record: async journal => {
        const { id, cids } = journal
        const text = JSON.stringify({ id: String(id), cids: cids.map(String) })
        await replaceFile(join(folder, JOURNAL), text)
        recorded = journal
      },
      remove: async () => { await remove(folder) }
    }
  }

  /** Jobs of an earlier process, nobody at work on them any more. */
  async * leftovers (): AsyncGenerator<Leftover> {
    await mkdir(this.#folder, { recursive: true })
    for (const name of await readdir(this.#folder)) {
      const folder = join(this.#folder, name)
      await endOrphans(join(folder, MEDIA))
      const journal = await readJournal(join(folder, JOURNAL))
      yield { ...journal != null && { journal }, remove: async () => { await remove(folder) } }
    }
  }
}

/** Undefined when there is none: it is renamed into place, so half of one is never seen. */
async function readJournal (path: string): Promise<Journal | undefined> {
  try {
    const { id, cids } = schema.parse(JSON.parse(await readFile(path, 'utf8')))
    return { id: parseCid(id), cids: cids.map(parseCid) }
  } catch {
    return undefined // Blocks it named, if any, stay until the store's quota needs their room.
  }
}

async function remove (folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true, maxRetries: REMOVAL_TRIES })
}
