/**
 * Which blocks of which titles we hold: what neighbours are told, and what is announced.
 * in: manifests as they are opened, segments as they are met, the store's puts and deletes.
 * out: bitfields, counts and changes. Restored at start from the titles the caller kept.
 */

import type { Logger } from '@libp2p/interface'
import type { CID } from 'multiformats/cid'
import type { Sha256 } from '../../protocols/cid.ts'
import { isContentId, type LoadBlock, type NumberedBlock } from '../../protocols/content/index.ts'
import { ContentNotFoundError } from '../../protocols/errors.ts'
import type {
  Holding, Inventory, InventoryChange, Loading
} from '../../protocols/exchange/index.ts'
import type { HeldParts } from '../../protocols/tracker/index.ts'
import type { Completeness, HeldTitle } from '../discovery/index.ts'
import type { Store, StoredBlock } from '../store/index.ts'
import { adoptTitle } from './adopt-title.ts'
import type { LoadingBoard } from './hunt.ts'
import {
  type BlockPlace, type ChangedPlace, type RenditionBlocks, TitleHoldings
} from './title-holdings.ts'
import type { BlockWant, TitleList } from './types.ts'

export interface HoldingsComponents {
  store: Pick<Store, 'has' | 'get' | 'events'>
  titles: TitleList
  sha256: Sha256
  log: Logger
}

export interface HoldingsInit {
  /** Titles kept account of, {@link DEFAULT_MAX_TITLES}; the least recently opened makes room. */
  maxTitles?: number
}

export const DEFAULT_MAX_TITLES = 4096

/**
 * Dispatches on `events`: `change` (CustomEvent<InventoryChange>) for each block, `held` and `gone`
 * (CustomEvent<CID>) when we get the first block of a title and lose the last.
 */
export class Holdings implements Inventory, LoadingBoard {
  readonly events = new EventTarget()
  readonly #components: HoldingsComponents
  readonly #maxTitles: number
  /** Least recently opened first. */
  readonly #titles = new Map<string, TitleHoldings>()
  #lifetime: AbortController | undefined
  #restoring: Promise<void> = Promise.resolve()
  #saving: Promise<void> = Promise.resolve()

  constructor (components: HoldingsComponents, init: HoldingsInit = {}) {
    this.#components = components
    this.#maxTitles = init.maxTitles ?? DEFAULT_MAX_TITLES
  }

  /** Follows the store from now on, and takes up the titles kept, in the background. */
  start (): void {
    if (this.#lifetime != null) {
      return
    }
    this.#lifetime = new AbortController()
    const { signal } = this.#lifetime
    const { events } = this.#components.store
    events.addEventListener('put', event => { this.#mark(event, true) }, { signal })
    events.addEventListener('delete', event => { this.#mark(event, false) }, { signal })
    this.#restoring = this.#restore(signal)
  }

  async stop (): Promise<void> {
    this.#lifetime?.abort()
    this.#lifetime = undefined
    await this.#restoring
    await this.#saving
  }

  /** Resolves when the titles kept from before are taken up. */
  async restored (): Promise<void> {
    await this.#restoring
  }

  get (cid: CID, options: { signal?: AbortSignal } = {}): Promise<Uint8Array | undefined> {
    return this.#components.store.get(cid, options)
  }

  holdings (content: CID): Holding[] {
    return this.#titles.get(content.toString())?.holdings() ?? []
  }

  /** Empty for a title we know nothing of. */
  completeness (content: CID): Completeness[] {
    return this.#titles.get(content.toString())?.completeness() ?? []
  }

  /** The titles we hold something of, and files of no title that were taken up. */
  * held (): Iterable<HeldTitle> {
    for (const title of this.#titles.values()) {
      if (title.held > 0) {
        yield { content: title.content, completeness: title.completeness() }
      }
    }
  }

  /** At most `limit` renditions held in part, of the titles opened last. */
  partly (limit: number): HeldParts[] {
    const found: HeldParts[] = []
    for (const title of [...this.#titles.values()].reverse()) {
      if (found.length >= limit) break
      found.push(...title.partly().map(parts => ({ content: title.content, ...parts })))
    }
    return found.slice(0, limit)
  }

  /** A title in which the block was met. */
  titleOf (cid: CID): CID | undefined {
    for (const title of this.#titles.values()) {
      if (isContentId(title.content) && title.contains(cid)) {
        return title.content
      }
    }
    return undefined
  }

  /** Where in a title a block stands; empty when we do not know. */
  places (content: CID, cid: CID): BlockPlace[] {
    return this.#titles.get(content.toString())?.places(cid) ?? []
  }

  /** Keeps account of a title from now on. */
  open (content: CID, root: RenditionBlocks): void {
    const key = content.toString()
    const title = this.#titles.get(key) ?? new TitleHoldings(content, root)
    this.#titles.delete(key)
    this.#titles.set(key, title)
    if (this.#titles.size > this.#maxTitles) {
      const [oldest] = this.#titles.values()
      this.#drop(oldest!)
    }
  }

  /** Keeps account of it no more. */
  close (content: CID): void {
    const title = this.#titles.get(content.toString())
    if (title != null) {
      this.#drop(title)
    }
  }

  /** Learns where blocks of an opened title stand, before they are fetched. */
  learn (content: CID, rendition: string, blocks: readonly NumberedBlock[]): void {
    const title = this.#titles.get(content.toString())
    if (title != null) {
      const { store } = this.#components
      this.#report(title, () => title.learn(rendition, blocks, cid => store.has(cid)), true)
    }
  }

  /**
   * Takes up a title whose blocks were put by another hand: reads its manifest from our store and
   * looks which blocks are there. Index pages that are not in the store are passed over. A file of
   * no title counts as a title of one rendition.
   *
   * @throws ContentNotFoundError when the root is not in our store; InvalidRootError
   *   InvalidSignatureError
   */
  async adopt (content: CID, options: { signal?: AbortSignal } = {}): Promise<void> {
    await adoptTitle(content, this, this.#read, this.#components.sha256, options)
  }

  pending (content: CID): Loading[] {
    return this.#titles.get(content.toString())?.loading() ?? []
  }

  loading (want: BlockWant): void {
    this.#load(want, true)
  }

  missing (want: BlockWant): void {
    this.#load(want, false)
  }

  async #restore (signal: AbortSignal): Promise<void> {
    const { titles, log } = this.#components
    try {
      for (const content of await titles.list()) {
        signal.throwIfAborted()
        await this.adopt(content, { signal }).catch(async (err: Error) => {
          signal.throwIfAborted()
          log('dropped title %c - %e', content, err)
          await titles.remove(content)
        })
      }
    } catch (err) {
      if (!signal.aborted) {
        log.error('failed to read the titles held - %e', err)
      }
    }
  }

  readonly #read: LoadBlock = async (cid, { signal }) => {
    const bytes = await this.#components.store.get(cid, { ...(signal != null && { signal }) })
    if (bytes == null) {
      throw new ContentNotFoundError(`${cid} is not in our store`)
    }
    return bytes
  }

  /** A block is being fetched, or was given up: known to neighbours until it comes. */
  #load ({ content, rendition, number }: BlockWant, isLoading: boolean): void {
    if (content == null || rendition == null || number == null) {
      return
    }
    const title = this.#titles.get(content.toString())
    if (title?.load({ rendition, block: number }, isLoading) !== false) {
      const place = { content, rendition, block: number }
      this.#tell(isLoading
        ? { ...place, state: 'loading' }
        : { ...place, state: 'missing', isAwaited: true })
    }
  }

  #mark (event: Event, isHeld: boolean): void {
    const { cid } = (event as CustomEvent<StoredBlock>).detail
    for (const title of this.#titles.values()) {
      this.#report(title, () => title.mark(cid, isHeld), isHeld)
    }
  }

  /** Makes a change and says what is new. */
  #report (title: TitleHoldings, change: () => ChangedPlace[], isHeld: boolean): void {
    const before = title.held
    const places = change()
    const { content } = title
    const state = isHeld ? 'have' : 'missing'
    for (const { rendition, block, wasLoading } of places) {
      this.#tell({ content, rendition, block, state, ...(wasLoading && { isAwaited: true }) })
    }
    if (before === 0 && title.held > 0) {
      this.#turn('held', title.content)
    } else if (before > 0 && title.held === 0) {
      this.#turn('gone', title.content)
    }
  }

  #tell (detail: InventoryChange): void {
    this.events.dispatchEvent(new CustomEvent('change', { detail }))
  }

  #drop (title: TitleHoldings): void {
    this.#titles.delete(title.content.toString())
    if (title.held > 0) {
      this.#turn('gone', title.content)
    }
  }

  /** One after the other, so that the list ends up as the last event said. */
  #turn (event: 'held' | 'gone', content: CID): void {
    const { titles, log } = this.#components
    this.#saving = this.#saving
      .then(() => event === 'held' ? titles.add(content) : titles.remove(content))
      .catch((err: Error) => {
        log.error('failed to write down that %c is %s - %e', content, event, err)
      })
    this.events.dispatchEvent(new CustomEvent(event, { detail: content }))
  }
}
