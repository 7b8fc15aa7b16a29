/**
 * A node as its control API and its gateway see it.
 * in: the node's parts. out: facts about it, and what a user may have it do.
 */

import type { Logger } from '@libp2p/interface'
import type { CID } from 'multiformats/cid'
import PQueue from 'p-queue'
import { parseCid } from '../protocols/cid.ts'
import type {
  AddedSegment, Health, NodeName, PeerSummary, PopularTitle, RttEntry, Status, TitleDetail,
  TitleSummary
} from '../protocols/control/index.ts'
import { isContentId } from '../protocols/content/index.ts'
import { InvalidArgumentError, UpstreamError } from '../protocols/errors.ts'
import type { LimitsChange, LimitsReport } from '../protocols/control/limits.ts'
import type { RankedPeer } from '../protocols/control/ranked-peer.ts'
import type { Exchange } from '../protocols/exchange/index.ts'
import type { Host } from '../protocols/host.ts'
import { VERSION } from '../protocols/version.ts'
import type { Announcer } from './announcer.ts'
import type { Config } from './config.ts'
import type { Serving } from './delivery.ts'
import type { HttpSource, ProviderSource } from './discovery/index.ts'
import { segmentSummaries, titleSummary } from './http/index.ts'
import type { ControlActions, HttpListener, NodeFacts, Titles } from './http/index.ts'
import type { KeptFiles } from './kept-files.ts'
import type { Keeper } from './keeper.ts'
import type { Observed } from './metrics.ts'
import type { NodeSwitch } from './node-switch.ts'
import { peerSummary, rttEntry } from './peer-summary.ts'
import type { Popular } from './popular.ts'
import { type Publisher, publishedPin } from './publisher.ts'
import { reachStatus } from './reach-status.ts'
import { rankPeers } from './rank-peers.ts'
import type { Holdings, Retrieval } from './retrieval/index.ts'
import type { PenaltyBook } from './routing/index.ts'
import type { Store } from './store/index.ts'
import type { Traffic } from './traffic.ts'
import type { UploadLimits } from './upload-limits.ts'

/** A lookup of who has a title, for a person who asks. */
const PROVIDER_LOOKUP_MS = 2_000
const MAX_SHOWN_PROVIDERS = 64
const ANNOUNCE_TIMEOUT_MS = 10_000
/** A list of titles waits no longer for an index page that is not here. */
const SUMMARY_TIMEOUT_MS = 2_000
const PARALLEL_SUMMARIES = 8

export interface NodeActionsComponents {
  config: Pick<Config, 'name' | 'role' | 'network' | 'region'>
  host: Pick<Host, 'status' | 'peerId' | 'getMultiaddrs' | 'getConnections' | 'services'>
  store: Store
  exchange: Pick<Exchange, 'neighbours'>
  serving: Pick<Serving, 'ledger' | 'scores'> & { limits: Pick<UploadLimits, 'report' | 'change'> }
  holdings: Pick<Holdings, 'held'>
  retrieval: Pick<Retrieval, 'manifest'>
  titles: Pick<Titles, 'entry'>
  files: Pick<KeptFiles, 'add' | 'keep' | 'remove'>
  sources: { list (): HttpSource[] }
  providers: Pick<ProviderSource, 'find'>
  penalties: Pick<PenaltyBook, 'banned'>
  announcer: Pick<Announcer, 'announce'>
  keeper: Pick<Keeper, 'keep' | 'release'>
  popular: Pick<Popular, 'top' | 'drop'>
  traffic: Pick<Traffic, 'bySource' | 'uploadedBytes' | 'wastedBytes' | 'mismatches'>
  listeners: { gateway: () => Pick<HttpListener, 'url'>, control: () => Pick<HttpListener, 'url'> }
  publisher?: Publisher
  admission?: Pick<NodeSwitch, 'status'>
  log: Logger
  stop: () => void
}

type CallOptions = { signal?: AbortSignal }

export class NodeActions implements ControlActions, NodeFacts {
  readonly publish: ControlActions['publish']
  readonly #parts: NodeActionsComponents
  readonly #startedAtMs = performance.now()

  constructor (parts: NodeActionsComponents) {
    this.#parts = parts
    const { publisher } = parts
    if (publisher != null) {
      this.publish = (request, options) => publisher.publish(request, options)
    }
  }

  health (): Health {
    const { config: { role, network }, host } = this.#parts
    const status = host.status === 'started' ? 'ok' : 'degraded'
    return { status, role, network, version: VERSION, uptimeSeconds: this.#uptime() }
  }

  name (): NodeName {
    const { config: { name, role, network, region }, host } = this.#parts
    const addresses = host.getMultiaddrs().map(String)
    return { name, peer: host.peerId.toString(), role, network, region, addresses }
  }

  async status (): Promise<Status> {
    const { store, sources, penalties, traffic, listeners, admission } = this.#parts
    const { neighbours, titles } = this.observed()
    return {
      ...this.name(),
      reach: reachStatus(this.#parts.host),
      version: VERSION,
      pid: process.pid,
      uptimeSeconds: this.#uptime(),
      gateway: listeners.gateway().url(),
      control: listeners.control().url(),
      peers: neighbours,
      titles,
      store: { ...store.usage(), quotaBytes: store.quotaBytes },
      delivered: { ...traffic.bySource },
      uploadedBytes: traffic.uploadedBytes,
      wastedBytes: traffic.wastedBytes,
      mismatches: traffic.mismatches,
      bannedPeers: penalties.banned(),
      httpSources: sources.list().map(({ url, role, region, rttMs }) =>
        ({ url, role, region, ...(rttMs != null && { rttMs }) })),
      ...(admission != null && { switch: admission.status() })
    }
  }

  /** What the metrics look at. */
  observed (): Observed {
    const { store, exchange, penalties, traffic } = this.#parts
    return {
      store: { ...store.usage(), quotaBytes: store.quotaBytes },
      neighbours: [...exchange.neighbours()].length,
      titles: this.#titlesHeld().length,
      bannedPeers: penalties.banned().length,
      uploadedBytes: traffic.uploadedBytes
    }
  }

  peers (): PeerSummary[] {
    const { exchange, host } = this.#parts
    return [...exchange.neighbours()].map(neighbour => peerSummary(neighbour, host))
  }

  rankedPeers (): RankedPeer[] {
    const { exchange, host, serving } = this.#parts
    return rankPeers(serving, exchange.neighbours(), neighbour => peerSummary(neighbour, host))
  }

  limits (): LimitsReport {
    return this.#parts.serving.limits.report()
  }

  /** @throws InvalidArgumentError */
  changeLimits (change: LimitsChange): LimitsReport {
    const limits = this.#parts.serving.limits.change(change)
    this.#parts.log('changed limits: %s', JSON.stringify(change))
    return limits
  }

  rtt (): RttEntry[] {
    const { exchange, sources } = this.#parts
    const neighbours = [...exchange.neighbours()].flatMap(rttEntry)
    const servers = sources.list().flatMap(({ url, rttMs, role, region }) =>
      rttMs == null ? [] : [{ peer: url, rttMs, role, region }])
    return [...neighbours, ...servers].sort((a, b) => a.rttMs - b.rttMs)
  }

  async popular (): Promise<PopularTitle[]> {
    return await this.#parts.popular.top()
  }

  /** A title whose index is neither here nor to be had soon is left out, and logged. */
  async titles (options: CallOptions = {}): Promise<TitleSummary[]> {
    const { log } = this.#parts
    const queue = new PQueue({ concurrency: PARALLEL_SUMMARIES })
    const found = await queue.addAll(this.#titlesHeld().map(content => async () => {
      try {
        return [await this.#summary(content, within(SUMMARY_TIMEOUT_MS, options))]
      } catch (err) {
        options.signal?.throwIfAborted()
        log('cannot say what we hold of %c: %s', content, (err as Error).message)
        return []
      }
    }))
    return found.flat()
  }

  async title (content: CID, options: CallOptions = {}): Promise<TitleDetail> {
    const { retrieval, store } = this.#parts
    const [summary, providers] = await Promise.all([
      this.#summary(content, options), this.#providersOf(content, options)
    ])
    const manifest = await retrieval.manifest(content, options)
    return { ...summary, segments: await segmentSummaries(manifest, store, options), providers }
  }

  async add (bytes: Uint8Array, options: CallOptions = {}): Promise<AddedSegment> {
    const added = await this.#parts.files.add(bytes, options)
    return { ...added, announced: await this.#tell(parseCid(added.cid), options) }
  }

  /** @throws InvalidArgumentError for a pinned title; ContentNotFoundError for no file of ours */
  async remove (content: CID, options: CallOptions = {}): Promise<void> {
    const { publisher, retrieval, store, files, popular } = this.#parts
    if (!isContentId(content)) return await files.remove(content, options)
    if (await publisher?.unpublish(content) === true) return
    if (this.#isPinned(content)) {
      throw new InvalidArgumentError(`${content} is pinned: unpin it first`)
    }
    await popular.drop(content)
    const manifest = await retrieval.manifest(content, options)
    for await (const { cid } of manifest.blocks(options)) {
      if (!store.isPinned(cid)) await store.delete(cid, options)
    }
  }

  /** Keeps all of the title: what is not here yet is fetched in the background. */
  async pin (content: CID, options: CallOptions = {}): Promise<void> {
    const { retrieval, store, keeper } = this.#parts
    const manifest = await retrieval.manifest(content, options)
    // All or nothing: half a title is not pinned when an index page cannot be had.
    const cids: CID[] = []
    for await (const { cid } of manifest.blocks(options)) cids.push(cid)
    await store.pin(content.toString(), cids, options)
    keeper.keep()
  }

  /** @throws InvalidArgumentError when it is not pinned */
  async unpin (content: CID, options: CallOptions = {}): Promise<void> {
    const { store, keeper } = this.#parts
    if (!await store.unpin(content.toString(), options)) {
      throw new InvalidArgumentError(`${content} is not pinned`)
    }
    keeper.release(content)
  }

  /** @throws ContentNotFoundError when we hold nothing of it, UpstreamError when nobody was told */
  async announce (content: CID, options: CallOptions = {}): Promise<void> {
    if (!isContentId(content)) await this.#parts.files.keep(content, options)
    const told = await this.#tell(content, options)
    if (told.length === 0) {
      throw new UpstreamError(
        `no tracker and no peer of the DHT heard of ${content}: is a bootstrap connected?`)
    }
  }

  shutdown (): void {
    this.#parts.stop()
  }

  /** Which kinds of registry heard of it. */
  async #tell (content: CID, options: CallOptions): Promise<string[]> {
    return await this.#parts.announcer.announce(content, within(ANNOUNCE_TIMEOUT_MS, options))
  }

  #titlesHeld (): CID[] {
    return [...this.#parts.holdings.held()].map(({ content }) => content).filter(isContentId)
  }

  async #summary (content: CID, options: CallOptions): Promise<TitleSummary> {
    const { retrieval, store, titles } = this.#parts
    const manifest = await retrieval.manifest(content, options)
    const entry = { ...titles.entry(content), isPinned: this.#isPinned(content) }
    return await titleSummary(manifest, store, entry, options)
  }

  /** By a user, or because it is published here. */
  #isPinned (content: CID): boolean {
    const names = [content.toString(), publishedPin(content)]
    return [...this.#parts.store.pins()].some(({ name }) => names.includes(name))
  }

  async #providersOf (content: CID, options: CallOptions): Promise<TitleDetail['providers']> {
    const found: TitleDetail['providers'] = []
    const lookUp = within(PROVIDER_LOOKUP_MS, options)
    for await (const { peer, via } of this.#parts.providers.find(content, lookUp)) {
      found.push({ peer: peer.toString(), via })
      if (found.length === MAX_SHOWN_PROVIDERS) break
    }
    return found
  }

  #uptime (): number {
    return Math.round((performance.now() - this.#startedAtMs) / 1000)
  }
}

function within (timeoutMs: number, { signal }: CallOptions): { signal: AbortSignal } {
  const deadline = AbortSignal.timeout(timeoutMs)
  return { signal: signal == null ? deadline : AbortSignal.any([signal, deadline]) }
}
