/**
 * What the HTTP listeners ask of a node. The gateway's routes are a peer's, an edge's and an
 * origin's alike; the control API adds what only this machine's user may do.
 */

import type { ComponentLogger } from '@libp2p/interface'
import type { CID } from 'multiformats/cid'
import type { Admission } from '../../protocols/exchange/index.ts'
import type {
  AddedSegment, Health, NodeName, PeerSummary, PopularTitle, PublishProgress, PublishRequest,
  RttEntry, SongSummary, Status, TitleDetail, TitleSummary
} from '../../protocols/control/index.ts'
import type { LimitsChange, LimitsReport } from '../../protocols/control/limits.ts'
import type { RankedPeer } from '../../protocols/control/ranked-peer.ts'
import type {
  FetchedSegment, Retrieval, RetrievalMetrics, SessionRequest
} from '../retrieval/index.ts'
import type { Routes } from '../routing/index.ts'
import type { Blockstore } from '../store/index.ts'
import type { PageRoutesInit } from './page-routes.ts'
import type { PlayCounter } from './play-counting.ts'

export interface CallOptions { signal?: AbortSignal }

/** The node about itself; answered from memory. */
export interface NodeFacts {
  health (): Health
  name (): NodeName
}

/** The titles a node knows of. */
export interface Titles {
  list (options?: CallOptions): Promise<SongSummary[]>
  /** The title an alias stands for. */
  resolve (alias: string, options?: CallOptions): Promise<CID | undefined>
  /** What the catalogue says beside the manifest. */
  entry (content: CID): { alias?: string, createdAt?: string } | undefined
  /** The title a bare segment or block CID belongs to: asked of our own index, then of trackers. */
  titleOf (cid: CID, options?: CallOptions): Promise<CID | undefined>
}

/** Counts answers; see daemon/metrics. */
export interface HttpMetrics {
  answered (answer: HttpAnswer): void
  /** Everything counted, in Prometheus' text format. */
  render (): Promise<{ contentType: string, text: string }>
}

export interface HttpAnswer {
  listener: Listener
  /** The pattern (`/hls/:id/:rendition/:file`), never the path asked for. */
  route: string
  status: number
  seconds: number
  /** Of the body, where its length was known. */
  bytes: number
}

export type Listener = 'gateway' | 'control'

/** What players ask for; `client` tells those of one rendition apart. */
export interface Playback extends Pick<Retrieval, 'manifest' | 'init' | 'file' | 'block'> {
  segment (
    content: CID, rendition: string, number: number, options?: SessionRequest
  ): Promise<FetchedSegment>
  /** A playlist is asked for: what its player will want next may be got already. */
  prime?(content: CID, rendition: string, options: { client: string }): void
  /** A playlist was made for the client, who waited so long for it. */
  opened?(content: CID, ms: number, options: { client: string }): void
  /** True where each client's requests move a window of its own. */
  hasSessions?: boolean
}

export interface GatewayComponents {
  retrieval: Playback
  store: Pick<Blockstore, 'has' | 'get'>
  titles: Titles
  node: NodeFacts
  /** `delivered`: what came from the store without the help of `retrieval`. */
  metrics: HttpMetrics & Pick<RetrievalMetrics, 'delivered'>
  logger: ComponentLogger
  /** Hears what is played. */
  plays?: PlayCounter
  /** Shows people a page to listen on. */
  pages?: PageRoutesInit
  /** Sends clients with a swarm to it when the node is full; on edges and origins. */
  admission?: Admission
}

/** What a user may have the node do, over the control API. */
export interface ControlActions {
  status (options?: CallOptions): Promise<Status>
  peers (): PeerSummary[]
  /** The best first. */
  rankedPeers (): RankedPeer[]
  limits (): LimitsReport
  /** Until the node stops. @throws InvalidArgumentError */
  changeLimits (change: LimitsChange): LimitsReport
  rtt (): RttEntry[]
  titles (options?: CallOptions): Promise<TitleSummary[]>
  /** What is played most. */
  popular (): Promise<PopularTitle[]>
  /** @throws ContentNotFoundError */
  title (content: CID, options?: CallOptions): Promise<TitleDetail>
  /** Keeps a file of at most one segment, and tells of it. */
  add (bytes: Uint8Array, options?: CallOptions): Promise<AddedSegment>
  /** Drops the blocks of a title or kept file that no pin holds, and withdraws it. */
  remove (content: CID, options?: CallOptions): Promise<void>
  pin (content: CID, options?: CallOptions): Promise<void>
  unpin (content: CID, options?: CallOptions): Promise<void>
  /** Tells DHT and trackers what we hold of the title, or of a file that is here whole. */
  announce (content: CID, options?: CallOptions): Promise<void>
  /** Undefined on a node that does not publish. Ends with `done`; throws what went wrong. */
  publish?: (request: PublishRequest, options?: CallOptions) => AsyncIterable<PublishProgress>
  /** Returns at once; the node stops after the answer is out. */
  shutdown (): void
}

export interface ControlComponents extends GatewayComponents {
  actions: ControlActions
  /** Unless routing is off. */
  routes?: Routes
}

/** A listener that can be started once and stopped. */
export interface HttpListener {
  /** @throws AddressInUseError */
  start (): Promise<void>
  stop (): Promise<void>
  /** `http://host:port` as it listens, once started. */
  url (): string
}
