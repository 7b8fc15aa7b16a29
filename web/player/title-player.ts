/**
 * The player, put together.
 * in: settings, and what the browser can do. out: files of titles for hls.js and for a service
 * worker, from a page's node where there is one; what came from where.
 */

import type Hls from 'hls.js'
import { InvalidArgumentError } from '../../protocols/errors.ts'
import type { BlockEvent, NeighbourView, PageNode } from '../node/index.ts'
import type { BrowserFeatures } from './browser-features.ts'
import { titleLoader } from './hls-loader.ts'
import { Joining, type P2pState } from './joining.ts'
import { attachMedia, loadHls } from './media.ts'
import { NetworkTimes } from './network-times.ts'
import type { PlayerSettings } from './options.ts'
import { PageAnswers } from './page-answers.ts'
import { type PageMetrics, PlayedSources } from './page-metrics.ts'
import { PageNodes } from './page-nodes.ts'
import { PlainTitles } from './plain-titles.ts'
import type { GivenFile } from './title-files.ts'
import { parseTitleUrl, type TitleUrl } from './title-url.ts'
import { whenIdle } from '../node/when-idle.ts'
import type { Attachment, LoaderClass, Player, PlayerEvents } from './types.ts'

export interface FileRequest {
  signal: AbortSignal
  /** Tells the players of the page apart. */
  client: string
  onBytes?: (bytes: number) => void
}

/** Who asks by {@link Player.loader}. */
const HLS_CLIENT = 'hls.js'

/**
 * What is not here after so long may have to come from others. Higher: a slow line carries the
 * first segment alone; lower: servers that are silent cost less.
 */
const NEEDED_MS = 3_000
/** So long they are waited for then, before the server is asked as any player would. */
const JOIN_PATIENCE_MS = 6_000

export class TitlePlayer implements Player {
  readonly events = new EventTarget()
  readonly loader: LoaderClass
  readonly #settings: PlayerSettings
  readonly #features: BrowserFeatures
  readonly #times = new NetworkTimes()
  readonly #played = new PlayedSources()
  readonly #nodes: PageNodes
  readonly #joining: Joining
  readonly #attached = new Set<Attachment>()
  #answers: PageAnswers | undefined
  readonly #lifetime = new AbortController()
  readonly #plain = new PlainTitles({ clock: Date.now })

  constructor (settings: PlayerSettings, features: BrowserFeatures) {
    this.#settings = settings
    this.#features = features
    this.#nodes = new PageNodes({
      onOpen: (node, isShared) => { this.#hear(node, isShared) }, mayMeet: features.hasWebRtc
    }, settings)
    this.#joining = new Joining({
      swarm: () => this.#node(),
      consent: settings.consent,
      clock: Date.now,
      whenIdle,
      onState: state => { this.#tell('p2p', { state }) }
    }, {
      afterSegments: settings.joinAfterSegments,
      isAvailable: settings.isEnabled && features.hasWebRtc && settings.trackerUrls.length > 0
    })
    this.loader = titleLoader({
      file: (url, options) => this.file(url, { ...options, client: HLS_CLIENT }),
      onServed: url => { this.#plain.served(parseTitleUrl(url)) },
      times: this.#times
    })
  }

  get p2p (): P2pState {
    return this.#joining.state
  }

  /** Begins to load what the first segment needs, so that it is there when somebody plays. */
  start (): void {
    // Whoever plays without hls.js does not miss it.
    if (this.#features.hasMediaSource) void whenIdle().then(loadHls).catch(() => {})
    if (!this.#settings.isEnabled) return
    // Playback without a node tells how it goes; there is nobody else to tell.
    this.#nodes.shared().catch(() => {})
  }

  use (hls: Hls): void {
    hls.config.loader = this.loader
    delete hls.config.fLoader
    delete hls.config.pLoader
  }

  async attach (media: HTMLMediaElement, url: string): Promise<Attachment> {
    if (parseTitleUrl(url)?.file.kind !== 'master') {
      throw new InvalidArgumentError(`"${String(url).slice(0, 120)}" is no title's URL: ` +
        'write https://…/hls/CONTENT_ID/master.m3u8')
    }
    if (this.#features.hasMediaSource) {
      // On its way while hls.js is made ready, which asks for it then, and hears of failures.
      this.file(url, { signal: this.#lifetime.signal, client: HLS_CLIENT }).catch(() => {})
    }
    const attachment = await attachMedia(media, url, {
      loader: this.loader,
      hasMediaSource: this.#features.hasMediaSource,
      onError: message => { this.#tell('error', { message }) }
    })
    const detach = (): void => {
      this.#attached.delete(attached)
      attachment.detach()
    }
    const attached = { ...attachment, detach }
    this.#attached.add(attached)
    return attached
  }

  async useWorker (url: string): Promise<void> {
    const container = globalThis.navigator?.serviceWorker
    if (container == null || !this.#settings.isEnabled) return
    this.#answers ??= new PageAnswers({
      container,
      isOpen: () => this.#nodes.isOpen,
      file: (url, options) => this.file(url, { ...options, client: 'worker' })
    })
    this.#answers.start()
    container.startMessages()
    await container.register(url)
    await container.ready
  }

  async startP2p (): Promise<void> {
    await this.#joining.start()
  }

  async stopP2p (): Promise<void> {
    await this.#joining.stop()
  }

  metrics (): PageMetrics {
    return this.#played.read()
  }

  async neighbours (): Promise<NeighbourView[]> {
    return this.#nodes.isOpen ? (await this.#node()).neighbours() : []
  }

  async stop (): Promise<void> {
    for (const { detach } of this.#attached) detach()
    this.#answers?.stop()
    this.#lifetime.abort()
    await this.#joining.stop()
    await this.#nodes.stop()
  }

  /**
   * A file of a title from the page's node; undefined when its server is to be asked.
   *
   * @throws what retrieval throws
   */
  async file (
    url: string, { signal, client, onBytes }: FileRequest
  ): Promise<GivenFile | undefined> {
    const title = this.#settings.isEnabled ? parseTitleUrl(url) : undefined
    if (title == null || this.#plain.has(title)) return undefined
    const opened = await this.#nodes.title(title, signal)
    if (opened == null) return undefined
    const get = async (): Promise<GivenFile> => await opened.files.get(
      opened.content, title.file, client,
      { signal, ...(onBytes != null && { onBlock: ({ bytes }) => { onBytes(bytes.byteLength) } }) }
    )
    try {
      const given = opened.isShared ? await this.#helped(get, signal) : await get()
      if (given.segment != null) {
        this.#tell('segment', this.#played.given(given.segment))
        if (opened.isShared) this.#joining.segmentGiven()
      }
      return given
    } catch (err) {
      if (signal.aborted || !isPlaylist(title) || !isLacking(err)) throw err
      this.#plain.add(title)
      return undefined
    }
  }

  /** Others are met when servers do not have it; it is tried again once they are. */
  async #helped (get: () => Promise<GivenFile>, signal: AbortSignal): Promise<GivenFile> {
    const timer = setTimeout(() => { this.#joining.needed() }, NEEDED_MS)
    const isJoined = (): boolean => this.p2p === 'joined'
    const wasJoined = isJoined()
    try {
      return await get()
    } catch (err) {
      if (signal.aborted || wasJoined || !isLacking(err)) throw err
      this.#joining.needed()
      await this.#untilJoined(signal)
      if (!isJoined()) throw err
      return await get()
    } finally {
      clearTimeout(timer)
    }
  }

  /** Or until it is clear that nobody will be met, or {@link JOIN_PATIENCE_MS} have passed. */
  async #untilJoined (signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const look = (): void => { if (!this.#joining.mayHelp) resolve() }
    const timer = setTimeout(resolve, JOIN_PATIENCE_MS)
    this.events.addEventListener('p2p', look)
    signal.addEventListener('abort', () => { resolve() }, { once: true })
    look()
    await promise
    clearTimeout(timer)
    this.events.removeEventListener('p2p', look)
    signal.throwIfAborted()
  }

  async #node (): Promise<PageNode> {
    return (await this.#nodes.shared()).node
  }

  #hear (node: PageNode, isShared: boolean): void {
    if (isShared) node.events.addEventListener('unserved', () => { this.#joining.needed() })
    node.events.addEventListener('block', event => {
      const block = (event as CustomEvent<BlockEvent>).detail
      this.#played.came(block)
      if (block.wire != null && block.source !== 'cache') {
        this.#times.add({ source: block.source, ...block.wire })
      }
    })
  }

  #tell<K extends keyof PlayerEvents> (type: K, detail: PlayerEvents[K]): void {
    this.events.dispatchEvent(new CustomEvent(type, { detail }))
  }
}

const LACKING = new Set(['ContentNotFoundError', 'DeadlineError', 'UpstreamError'])

/** Nobody who was asked has it; not when what came was wrong. */
const isLacking = (err: unknown): boolean => LACKING.has((err as Error).name)

const isPlaylist = ({ file }: TitleUrl): boolean =>
  file.kind === 'master' || file.kind === 'playlist'
