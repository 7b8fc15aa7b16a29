/**
 * A node as its control API and its gateway see it.
 * in: the node's parts. out: facts about it, and what a user may have it do.
 */

import type { CID } from 'multiformats/cid'
import type { PeerSummary, RttEntry, Status, TitleDetail, TitleSummary } from '../protocols/control/index.ts'
import type { Health, NodeName } from '../protocols/control/index.ts'
import type { Host } from '../protocols/host.ts'
import type { Exchange } from '../protocols/exchange/index.ts'
import { InvalidArgumentError } from '../protocols/errors.ts'
import { VERSION } from '../protocols/version.ts'
import type { Announcer } from './announcer.ts'
import type { Config } from './config.ts'
import type { HttpSources, ProviderSource } from './discovery/index.ts'
import { segmentSummaries, titleSummary } from './http/index.ts'
import type { ControlActions, HttpListener, NodeFacts, Titles } from './http/index.ts'
import type { Keeper } from './keeper.ts'
import type { Observed } from './metrics.ts'
import type { Publisher } from './publisher.ts'
import type { Holdings, Retrieval } from './retrieval/index.ts'
import type { PenaltyBook } from './routing/index.ts'
import type { Store } from './store/index.ts'
import type { Traffic } from './traffic.ts'

/** A lookup of who has a title, for a person who asks. */
const PROVIDER_LOOKUP_MS = 2_000
const MAX_SHOWN_PROVIDERS = 64

export interface NodeActionsComponents {
  config: Config
  host: Host
  store: Store
  exchange: Exchange
  holdings: Holdings
  retrieval: Retrieval
  titles: Titles
  sources: HttpSources
  providers: Pick<ProviderSource, 'find'>
  penalties: PenaltyBook
  announcer: Announcer
  keeper: Keeper
  traffic: Traffic
  listeners: { gateway: () => HttpListener, control: () => HttpListener }
  publisher?: Publisher
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
    if (publisher != null) this.publish = (request, options) => publisher.publish(request, options)
  }

  health (): Health {
    const { config: { role, network }, host } = this.#parts
    return { status: host.status === 'started' ? 'ok' : 'degraded', role, network, version: VERSION, uptimeSeconds: this.#uptime() }
  }

  name (): NodeName {
    const { config: { name, role, network, region }, host } = this.#parts
    return { name, peer: host.peerId.toString(), role, network, region, addresses: host.getMultiaddrs().map(String) }
  }

  async status (): Promise<Status> {
    const { store, exchange, holdings, sources, penalties, traffic, listeners } = this.#parts
    return {
      ...this.name(),
      version: VERSION,
      pid: process.pid,
      uptimeSeconds: this.#uptime(),
      gateway: listeners.gateway().url(),
      control: listeners.control().url(),
      peers: [...exchange.neighbours()].length,
      titles: [...holdings.held()].length,
      store: { ...store.usage(), quotaBytes: store.quotaBytes },
      delivered: { ...traffic.bySource },
      uploadedBytes: traffic.uploadedBytes,
      mismatches: traffic.mismatches,
      bannedPeers: penalties.banned(),
      httpSources: sources.list().map(({ url, role, region, rttMs }) => ({ url, role, region, ...(rttMs != null && { rttMs }) }))
    }
  }

  /** What the metrics look at. */
  observed (): Observed {
    const { store, exchange, holdings, penalties, traffic } = this.#parts
    return {
      store: { ...store.usage(), quotaBytes: store.quotaBytes },
      neighbours: [...exchange.neighbours()].length,
      titles: [...holdings.held()].length,
      bannedPeers: penalties.banned().length,
      uploadedBytes: traffic.uploadedBytes
    }
  }

  peers (): PeerSummary[] {
    const { exchange, host } = this.#parts
    return [...exchange.neighbours()].map(({ peer, hello, rttMs, rateBytesPerSecond, inFlight, receivedBytes, sentBytes }) => ({
      peer: peer.toString(),
      role: hello.role,
      region: hello.region,
      addresses: host.getConnections(peer).map(({ remoteAddr }) => remoteAddr.toString()),
      ...(rttMs != null && { rttMs }),
      ...(rateBytesPerSecond != null && { rateBytesPerSecond }),
      inFlight,
      receivedBytes,
      sentBytes
    }))
  }

  rtt (): RttEntry[] {
    const { exchange, sources } = this.#parts
    const neighbours = [...exchange.neighbours()].flatMap(({ peer, rttMs, hello: { role, region } }) =>
      rttMs == null ? [] : [{ peer: peer.toString(), rttMs, role, region }])
    const servers = sources.list().flatMap(({ url, rttMs, role, region }) =>
      rttMs == null ? [] : [{ peer: url, rttMs, role, region }])
    return [...neighbours, ...servers].sort((a, b) => a.rttMs - b.rttMs)
  }

  async titles (options: CallOptions = {}): Promise<TitleSummary[]> {
    return await Promise.all([...this.#parts.holdings.held()].map(({ content }) => this.#summary(content, options)))
  }

  async title (content: CID, options: CallOptions = {}): Promise<TitleDetail> {
    const { retrieval, store } = this.#parts
    const [summary, providers] = await Promise.all([this.#summary(content, options), this.#providersOf(content, options)])
    const segments = await segmentSummaries(await retrieval.manifest(content, options), store, options)
    return { ...summary, segments, providers }
  }

  /** @throws InvalidArgumentError for a pinned title */
  async remove (content: CID, options: CallOptions = {}): Promise<void> {
    const { publisher, retrieval, store, keeper } = this.#parts
    if (await publisher?.unpublish(content) === true) return
    if (this.#isPinned(content)) {
      throw new InvalidArgumentError(`${content} is pinned: unpin it first`)
    }
    keeper.release(content)
    const manifest = await retrieval.manifest(content, options)
    for await (const { cid } of manifest.blocks(options)) {
      if (!store.isPinned(cid)) await store.delete(cid, options)
    }
  }

  async pin (content: CID, options: CallOptions = {}): Promise<void> {
    const { retrieval, store, keeper } = this.#parts
    const manifest = await retrieval.manifest(content, options)
    const cids: CID[] = []
    for await (const { cid } of manifest.blocks(options)) cids.push(cid)
    await store.pin(content.toString(), cids, options)
    keeper.keep(content)
  }

  /** @throws InvalidArgumentError when it is not pinned */
  async unpin (content: CID, options: CallOptions = {}): Promise<void> {
    const { store, keeper } = this.#parts
    keeper.release(content)
    if (!await store.unpin(content.toString(), options)) {
      throw new InvalidArgumentError(`${content} is not pinned`)
    }
  }

  async announce (content: CID, options: CallOptions = {}): Promise<void> {
    const deadline = AbortSignal.timeout(10_000)
    const signal = options.signal == null ? deadline : AbortSignal.any([options.signal, deadline])
    await this.#parts.announcer.announce(content, { signal })
  }

  shutdown (): void {
    this.#parts.stop()
  }

  async #summary (content: CID, options: CallOptions): Promise<TitleSummary> {
    const { retrieval, store, titles } = this.#parts
    const manifest = await retrieval.manifest(content, options)
    return await titleSummary(manifest, store, { ...titles.entry(content), isPinned: this.#isPinned(content) }, options)
  }

  #isPinned (content: CID): boolean {
    const names = [content.toString(), `published:${content}`]
    return [...this.#parts.store.pins()].some(({ name }) => names.includes(name))
  }

  async #providersOf (content: CID, options: CallOptions): Promise<TitleDetail['providers']> {
    const deadline = AbortSignal.timeout(PROVIDER_LOOKUP_MS)
    const signal = options.signal == null ? deadline : AbortSignal.any([options.signal, deadline])
    const found: TitleDetail['providers'] = []
    for await (const { peer, via } of this.#parts.providers.find(content, { signal })) {
      found.push({ peer: peer.toString(), via })
      if (found.length === MAX_SHOWN_PROVIDERS) break
    }
    return found
  }

  #uptime (): number {
    return Math.round((performance.now() - this.#startedAtMs) / 1000)
  }
}
