/**
 * Publishing a file, from top to bottom:
 * probe → segments → blocks and their names → store → master → catalogue.
 * in: a path and settings. out: a title in the catalogue, or an error and no trace.
 *
 * The catalogue entry is the commit. Before it everything is either in the job's scratch folder or
 * named by the job's journal, and goes when the job fails; a crash leaves that to the next start.
 */

import { basename, join } from 'node:path'
import type { ComponentLogger, Logger } from '@libp2p/interface'
import type { CID } from 'multiformats/cid'
import PQueue from 'p-queue'
import { asDiskFull } from '../daemon/store/disk-full.ts'
import { OverloadedError } from '../protocols/errors.ts'
import { Catalog } from './catalog.ts'
import { Ffmpeg } from './ffmpeg.ts'
import { type FfmpegBinary, findFfmpeg } from './find-ffmpeg.ts'
import { assertUnchanged, openInput } from './input-file.ts'
import { Masters } from './masters.ts'
import { probeMedia } from './media-probe.ts'
import { type PackComponents, type PackedTitle, packTitle } from './pack.ts'
import { type PinningStore, PublishedBlocks } from './published-blocks.ts'
import { type Journal, Scratch } from './scratch.ts'
import { segmentMedia } from './segmenter.ts'
import { completeSettings, completeTitle } from './settings.ts'
import type {
  CatalogEntry, IngestOptions, IngestProgress, IngestRequest, PublishSettings
} from './types.ts'

/** Requests that wait for the one under way. */
export const MAX_WAITING_INGESTS = 64

export interface IngestComponents extends PackComponents {
  /** Started. Holds published blocks under pins. */
  store: PinningStore
  logger: ComponentLogger
}

export interface IngestInit {
  /** Catalogue, masters and scratch stand in it. */
  folder: string
  /** The ffmpeg to use; see {@link findFfmpeg}. */
  ffmpegPath?: string
  env?: Record<string, string | undefined>
  /** True unless set. False: the origin keeps only what it made of the file. */
  keepsMasters?: boolean
}

type TitledRequest = IngestRequest & { title: string }

export class Ingest {
  readonly catalog: Catalog
  readonly masters: Masters
  readonly #components: IngestComponents
  readonly #init: IngestInit
  readonly #scratch: Scratch
  readonly #blocks: PublishedBlocks
  readonly #queue = new PQueue({ concurrency: 1 })
  readonly #log: Logger
  #ffmpeg: Ffmpeg | undefined
  #lifetime: AbortController | undefined

  constructor (components: IngestComponents, init: IngestInit) {
    this.#components = components
    this.#init = init
    this.#log = components.logger.forComponent('cdnd:ingest')
    this.catalog = new Catalog(join(init.folder, 'catalog.json'))
    this.masters = new Masters(join(init.folder, 'masters'))
    this.#scratch = new Scratch(join(init.folder, 'scratch'))
    this.#blocks = new PublishedBlocks(components.store)
  }

  /** Reads the catalogue and undoes what a crash left half done. @throws InvalidConfigError */
  async start (): Promise<void> {
    if (this.#lifetime != null) return
    await this.catalog.start()
    for await (const { journal, remove } of this.#scratch.leftovers()) {
      if (journal != null) await this.#undo(journal)
      await remove()
    }
    await this.masters.retain(new Set(this.catalog.list().flatMap(({ master }) => master ?? [])))
    this.#lifetime = new AbortController()
  }

  /** Aborts what is under way and waits until it is undone. */
  async stop (): Promise<void> {
    this.#lifetime?.abort(new OverloadedError('the origin is stopping'))
    await this.#queue.onIdle()
    this.#lifetime = undefined
  }

  /** The ffmpeg in use, looked for until one was found. @throws FfmpegNotFoundError */
  async ffmpeg (options: { signal?: AbortSignal } = {}): Promise<FfmpegBinary> {
    const { ffmpegPath, env } = this.#init
    this.#ffmpeg ??= new Ffmpeg(await findFfmpeg({ path: ffmpegPath, env }, options))
    return this.#ffmpeg.binary
  }

  /**
   * Publishes a file; one at a time, the others wait. The same file, title, settings and ffmpeg
   * give the same ID.
   *
   * @throws InvalidMediaError InvalidArgumentError FfmpegNotFoundError DiskFullError
   * QuotaExceededError OverloadedError DeadlineError
   */
  async publish (request: IngestRequest, options: IngestOptions = {}): Promise<CatalogEntry> {
    if (this.#lifetime == null) throw new OverloadedError('the origin is not started')
    if (this.#queue.size >= MAX_WAITING_INGESTS) {
      throw new OverloadedError(`${MAX_WAITING_INGESTS} files wait already: try again later`)
    }
    const settings = completeSettings(request)
    const title = completeTitle(request)
    this.#assertAlias(request)
    const signals = [this.#lifetime.signal, options.signal].filter(each => each != null)
    const signal = AbortSignal.any(signals)
    // Not `{ signal }` of the queue's: it would let go of a job that is still being undone.
    return await this.#queue.add(
      async () => await this.#run({ ...request, title }, settings, { ...options, signal })
    )
  }

  /** Takes a title out of the catalogue, and drops its master and the blocks nothing else needs. */
  async unpublish (idOrAlias: CID | string): Promise<CatalogEntry | undefined> {
    return await this.#queue.add(async () => {
      const entry = this.catalog.get(idOrAlias)
      if (entry == null) return undefined
      const cids = await this.#blocks.list(entry.id)
      await this.catalog.remove(entry.id)
      await this.#blocks.remove({ id: entry.id, cids })
      await this.masters.removeOf(entry.id)
      return entry
    })
  }

  async #run (
    request: TitledRequest, settings: PublishSettings, options: IngestOptions
  ): Promise<CatalogEntry> {
    const { signal } = options
    signal?.throwIfAborted()
    const report = (stage: IngestProgress['stage']) => (percent: number): void => {
      options.onProgress?.({ stage, percent })
    }
    const input = await openInput(request.path)
    await this.ffmpeg({ signal })
    const ffmpeg = this.#ffmpeg!
    const media = await probeMedia(ffmpeg, input.path, { signal })
    const job = await this.#scratch.create()
    try {
      const renditions = await segmentMedia(ffmpeg, input.path, media, settings, job.media, {
        signal, onProgress: report('transcode')
      })
      await assertUnchanged(input)
      const packed = await packTitle(request.title, renditions, settings, this.#components, {
        signal, onProgress: report('hash')
      })
      await this.#blocks.add(packed, job, { signal, onProgress: report('store') })
      const master = this.#init.keepsMasters === false
        ? undefined
        : await this.masters.keep(input.path, packed.id)
      signal?.throwIfAborted()
      return await this.catalog.add(entryOf(request, settings, packed, master))
    } catch (err) {
      if (job.journal != null) await this.#undo(job.journal)
      throw asDiskFull(err, this.#init.folder)
    } finally {
      await job.remove()
    }
  }

  /** A title published before an unfinished second time is as it was, or more whole. */
  async #undo (journal: Journal): Promise<void> {
    if (this.catalog.get(journal.id) != null) return
    try {
      await this.#blocks.remove(journal)
      await this.masters.removeOf(journal.id)
    } catch (err) {
      this.#log.error('could not undo the ingest of %c: %e', journal.id, err)
    }
  }

  /** Refuses a taken alias before the work, unless this may be the same title once more. */
  #assertAlias ({ alias, path }: IngestRequest): void {
    if (alias == null) return
    const holder = this.catalog.get(alias)
    this.catalog.assertAlias(alias, holder?.source === basename(path) ? holder.id : undefined)
  }
}

function entryOf (
  { title, alias, path }: TitledRequest, settings: PublishSettings,
  { id, root: { renditions } }: PackedTitle, master: string | undefined
): CatalogEntry {
  return {
    id,
    title,
    ...alias != null && { alias },
    createdAt: new Date().toISOString(),
    source: basename(path),
    ...master != null && { master },
    settings,
    durationMs: Math.max(...renditions.map(({ durationMs }) => durationMs)),
    size: renditions.reduce((sum, { size }) => sum + size, 0),
    renditions: renditions.map(({ name }) => name)
  }
}
