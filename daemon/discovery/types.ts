/**
 * Who may have a title, asked of several places side by side.
 */

import type { PeerId } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'
import type { CID } from 'multiformats/cid'
import type { Role } from '../../protocols/exchange/index.ts'

export interface Provider {
  peer: PeerId
  addresses: Multiaddr[]
  /** Which source told. */
  via: 'dht' | 'tracker' | 'inventory'
  role?: Role
  region?: string
  /** Estimated by the tracker, or measured by us. */
  rttMs?: number
  /** It wants the title itself just now, and may hold nothing of it yet. */
  isInterested?: boolean
}

export interface ProviderSource {
  readonly name: Provider['via']
  /** Providers as they become known, until there are no more. Failures are logged, never thrown. */
  find (content: CID, options: { signal: AbortSignal }): AsyncIterable<Provider>
}

/** How much of a title we hold: blocks held and blocks there are, for each rendition. */
export interface Completeness {
  rendition: string
  held: number
  blocks: number
}

/** A title of which we hold something. */
export interface HeldTitle {
  content: CID
  completeness: Completeness[]
  /** Segment and block CIDs that lead to the title; only origins tell them. */
  segments?: CID[]
}

/**
 * A place where we say what we hold. Rejects when nobody was told; the announcer then tries again.
 */
export interface ProviderRegistry {
  readonly name: Provider['via']
  /** False where only having some of a title counts: a change of completeness is not told. */
  readonly tracksCompleteness: boolean
  /** It hears of what is new so much later, give or take a half; at once unless given. */
  readonly patienceMs?: number
  /** Says that we hold these too. */
  provide (titles: HeldTitle[], options: { signal: AbortSignal }): Promise<void>
  withdraw (contents: CID[], options: { signal: AbortSignal }): Promise<void>
  /** Says that we live. `known` is false when all we said is forgotten. Absent where not needed. */
  heartbeat? (options: { signal: AbortSignal }): Promise<{ known: boolean }>
  /** Takes everything back. Absent where that is not possible. */
  leave? (options: { signal: AbortSignal }): Promise<void>
}

/** A server of blocks over HTTP. Of one that somebody named by its URL that may be all there is. */
export interface HttpServer {
  peer?: PeerId
  role: 'edge' | 'origin'
  /** `http://host:port`, without a path. */
  url: string
  rttMs?: number
}

/** An edge or origin, from a record it signed. */
export interface HttpSource extends HttpServer {
  peer: PeerId
  region: string
}

export interface HttpFetchInit {
  method?: string
  headers?: Record<string, string>
  redirect: 'error'
  signal: AbortSignal
}

/** What we use of fetch's Response. */
export interface HttpAnswer {
  readonly url: string
  readonly status: number
  readonly headers: { get (name: string): string | null }
  readonly body: {
    cancel (): Promise<void>
    getReader (): {
      read (): Promise<{ done?: boolean, value?: Uint8Array | undefined }>
      cancel (): Promise<void>
    }
  } | null
}

/** fetch, or what does for it where connections are to be kept better. */
export type HttpFetch = (url: string, init: HttpFetchInit) => Promise<HttpAnswer>

/** The HTTP sources a node may pull from: from checked records, or as somebody set them. */
export interface HttpSources {
  /** Known now, best first. */
  list (): HttpServer[]
  /**
   * True once a tracker has answered, or has had its time: an empty list then means that nobody
   * knows of any.
   */
  isSettled (): boolean
  /** Something is fetched, perhaps from them: how near they are is looked at often. */
  use (): void
  /** Waits until at least one is known or the signal aborts. */
  ready (options: { signal: AbortSignal }): Promise<void>
}
