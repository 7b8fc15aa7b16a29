/**
 * The nodes of a page.
 * in: settings; the title a player asks for. out: its files from a node, once that runs.
 *
 * One node takes part in the swarm. Titles that the site does not share are played by another, of
 * which nobody hears and which keeps what it fetched apart.
 */

import type { CID } from 'multiformats/cid'
import type { PageNode, PageNodeInit } from '../node/index.ts'
import { nodeInit } from './node-init.ts'
import type { OpenedNode } from './node-parts.ts'
import type { PlayerSettings } from './options.ts'
import type { TitleFiles } from './title-files.ts'
import type { TitleUrl } from './title-url.ts'

export interface PageNodesComponents {
  /** A node that has just started, and whether it may join a swarm. */
  onOpen: (node: PageNode, isShared: boolean) => void
  /** False where others cannot be met. */
  mayMeet: boolean
}

export interface OpenTitle {
  content: CID
  files: TitleFiles
  isShared: boolean
}

/** A player waits no longer for the script and the store: it plays from the server then. */
export const OPEN_PATIENCE_MS = 1_500
const PRIVATE_DATABASE = 'cdnd-unshared'
const MAX_SERVERS = 16
const MAX_NAMES = 64

export class PageNodes {
  readonly #settings: PlayerSettings
  readonly #components: PageNodesComponents
  readonly #servers = new Map<PageNode, Set<string>>()
  /** What the names in URLs stand for. */
  readonly #contents = new Map<string, Promise<CID | undefined>>()
  #shared: Promise<OpenedNode> | undefined
  #unshared: Promise<OpenedNode> | undefined
  #isStopped = false
  #isOpen = false

  constructor (components: PageNodesComponents, settings: PlayerSettings) {
    this.#components = components
    this.#settings = settings
  }

  /** True once the node that may join a swarm runs. */
  get isOpen (): boolean {
    return this.#isOpen && !this.#isStopped
  }

  /** The node that may join a swarm. Begins to load it, if that was not done. */
  async shared (): Promise<OpenedNode> {
    // Without WebRTC there is nobody to wait for.
    const bootstrap = this.#components.mayMeet ? this.#settings.trackerUrls : []
    this.#shared ??= this.#open({ ...nodeInit(this.#settings), bootstrap }, true)
    return await this.#shared
  }

  /** Undefined when the title is to be got from its server: no node runs in time. */
  async title ({ base, id }: TitleUrl, signal: AbortSignal): Promise<OpenTitle | undefined> {
    const patience = AbortSignal.any([signal, AbortSignal.timeout(OPEN_PATIENCE_MS)])
    const opened = this.#title(base, id)
    try {
      return await untilAborted(opened, patience)
    } catch (err) {
      if (signal.aborted) throw err
      return undefined
    }
  }

  async stop (): Promise<void> {
    this.#isStopped = true
    const nodes = await Promise.allSettled([this.#shared, this.#unshared])
    await Promise.all(nodes.map(async result => {
      if (result.status === 'fulfilled') await result.value?.node.stop()
    }))
  }

  async #title (base: string, id: string): Promise<OpenTitle | undefined> {
    const content = await this.#content(base, id)
    if (content == null || this.#isStopped) return undefined
    const isShared = this.#settings.isShared(content.toString())
    const { node, files } = await (isShared ? this.shared() : this.#private())
    this.#tell(node, base)
    return { content, files, isShared }
  }

  /** A gateway that serves one title may serve others. */
  #tell (node: PageNode, base: string): void {
    const known = this.#servers.get(node) ?? new Set()
    this.#servers.set(node, known)
    if (known.has(base) || known.size >= MAX_SERVERS) return
    known.add(base)
    node.addServer(base)
  }

  /** Kept unless it failed: a title does not become another one while it is played. */
  async #content (base: string, id: string): Promise<CID | undefined> {
    const key = `${base} ${id}`
    const known = this.#contents.get(key)
    if (known != null) return await known
    const { contentOf } = await import('./node-parts.ts')
    const signal = AbortSignal.timeout(OPEN_PATIENCE_MS)
    const found = contentOf(base, id, { signal })
    this.#contents.set(key, found)
    found.catch(() => { this.#contents.delete(key) })
    const [oldest] = this.#contents.keys()
    if (this.#contents.size > MAX_NAMES) this.#contents.delete(oldest!)
    return await found
  }

  async #private (): Promise<OpenedNode> {
    this.#unshared ??= this.#open({
      ...nodeInit(this.#settings), database: PRIVATE_DATABASE
    }, false)
    return await this.#unshared
  }

  async #open (init: PageNodeInit, isShared: boolean): Promise<OpenedNode> {
    const { openNode } = await import('./node-parts.ts')
    const opened = await openNode(init)
    this.#isOpen = true
    this.#components.onOpen(opened.node, isShared)
    return opened
  }
}

async function untilAborted<T> (promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>()
  const onAbort = (): void => { reject(signal.reason as Error) }
  signal.addEventListener('abort', onAbort, { once: true })
  promise.catch(() => {}) // Whoever waits no longer is not told.
  try {
    signal.throwIfAborted()
    return await Promise.race([promise, aborted])
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}
