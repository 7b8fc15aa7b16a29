/**
 * A daemon's local HTTP, as the CLI and other programs see it. Two listeners; docs/http.md has
 * headers, statuses and examples.
 *
 * Gateway (GET and HEAD, CORS, may face the LAN; an edge's and origin's public HTTP is the same):
 *   /health                                 → Health
 *   /name                                   → NodeName
 *   /songs · /songs/{id or alias}           → SongSummary[] · SongDetail
 *   /hls/{id}/master.m3u8 · /hls/{id}/{rendition}/index.m3u8 · …/init.mp4 · …/{n}.m4s
 *   /dash/{id}/manifest.mpd                 (media under /hls)
 *   /segments/{segment id}                  bytes; `{content}/{rendition}/{n}` or a CID
 *   /content/{id}                           the manifest as JSON
 *   /blocks/{cid}[?content={id}]            bytes; without the title from our own store only
 *   /metrics
 * Media answers carry cdnd-source, cdnd-sources (bytes by source, `peer=4096,edge=10`), cdnd-path,
 *   cdnd-hops, cdnd-rtt-ms, ETag, Cache-Control, Accept-Ranges. One that began before all of it
 *   was here has cdnd-size, and for `te: trailers` the first five as trailers, which speak of all.
 *
 * Control (loopback; `Authorization: Bearer <token>`; Host and Origin checked):
 *   GET  /health /name /metrics             as above
 *   GET  /status                            → Status
 *   GET  /peers · /peers/ranked             → PeerSummary[] · RankedPeer[], the best first
 *   GET | PATCH /limits                     → LimitsReport; LimitsChange changes some till the end
 *   GET  /rtt                               → RttEntry[]
 *   GET  /routes · /routes?to={peer}        → RouteReport[], the nearest first · RouteDetail
 *   GET  /popular                           → PopularTitle[]: what is played most, the most first
 *   GET  /titles · /titles/{id}             → TitleSummary[] · TitleDetail
 *   DELETE /titles/{id or file}             drops its unpinned blocks and withdraws it
 *   PUT | DELETE /titles/{id}/pin
 *   POST /titles/{id or file}/announce
 *   GET  /request/{segment id}              → RequestReport: fetches a segment, says how it came
 *   POST /segments                          body: bytes → AddedSegment: kept under the CID computed
 *                                           here, and announced
 *   POST /publish                           PublishRequest → NDJSON of PublishProgress, by origins
 *   POST /shutdown
 *
 * Errors are `{error: <name>, message: <what was wrong and what to do>}`.
 */

import type { Role } from '../exchange/index.ts'
import type { SwitchStatus } from './switch-status.ts'

export type { LimitsChange, LimitsReport } from './limits.ts'
export type { RankedPeer } from './ranked-peer.ts'
export type { RouteDetail, RouteReport } from './routes.ts'
export type { SwitchStatus } from './switch-status.ts'

export interface ErrorBody { error: string, message: string }

export interface Health {
  status: 'ok' | 'degraded'
  role: Role
  network: string
  version: string
  uptimeSeconds: number
}

export interface NodeName {
  name: string
  peer: string
  role: Role
  network: string
  region: string
  addresses: string[]
}

export interface BytesBySource { local: number, peer: number, edge: number, origin: number }

/** How others come to this node. */
export interface ReachStatus {
  /** nat: nobody can dial it. unknown: nobody has said yet at which address it sees the node. */
  state: 'direct' | 'nat' | 'unknown'
  /** The IP address that others see. */
  seenAt?: string
  /** Peer IDs of the relays through which others meet it. */
  relays: string[]
}

export interface Status extends NodeName {
  reach: ReachStatus
  version: string
  pid: number
  uptimeSeconds: number
  gateway: string
  control: string
  peers: number
  titles: number
  store: { blocks: number, bytes: number, diskBytes: number, quotaBytes: number }
  /** Verified block bytes this node fetched or read for players, by where they came from. */
  delivered: BytesBySource
  uploadedBytes: number
  /** Received, and of no use: it lost a race, came late or was wrong. */
  wastedBytes: number
  /** Blocks refused because they did not hash to their CID. */
  mismatches: number
  bannedPeers: string[]
  httpSources: Array<{ url: string, role: 'edge' | 'origin', region: string, rttMs?: number }>
  /** Of an edge or origin, unless it is off. */
  switch?: SwitchStatus
}

export interface PeerSummary {
  peer: string
  role: Role
  region: string
  addresses: string[]
  /** Met through a relay, and not dialled yet: no blocks go between us. */
  isRelayed: boolean
  rttMs?: number
  rateBytesPerSecond?: number
  inFlight: number
  receivedBytes: number
  sentBytes: number
}

/** A peer by its ID, or a server by its URL. */
export interface RttEntry {
  peer: string
  /** Smoothed. */
  rttMs: number
  role: Role
  region: string
  /** PONGs that went into it. */
  samples?: number
  /** Where the peer says it is, by network coordinates: milliseconds; error 0 … 1. */
  coordinate?: { x: number, y: number, heightMs: number, error: number }
}

export interface RenditionSummary {
  name: string
  bandwidth: number
  codecs: string
  resolution?: { width: number, height: number }
  segments: number
  blocks: number
  /** Blocks in our store. */
  held: number
  size: number
  durationMs: number
}

export interface TitleSummary {
  id: string
  title: string
  alias?: string
  /** Hex of the publisher's public key. */
  publisher: string
  durationMs: number
  size: number
  heldBytes: number
  isPinned: boolean
  renditions: RenditionSummary[]
}

/** How often a title was played or asked for lately: each play counts half as much after a day. */
export interface PopularTitle {
  id: string
  /** Where the root is here. */
  title?: string
  size?: number
  plays: number
  /** By the node itself, for being popular. */
  isPinned: boolean
  /** Those played most. */
  segments: Array<{ id: string, plays: number }>
}

export interface SegmentSummary {
  id: string
  cid: string
  durationMs: number
  size: number
  blocks: number
  held: number
}

export interface TitleDetail extends TitleSummary {
  segments: Record<string, SegmentSummary[]>
  providers: Array<{ peer: string, via: string }>
}

export interface SongSummary {
  id: string
  title: string
  alias?: string
  durationMs: number
  size: number
  createdAt?: string
  renditions: string[]
}

export interface SongDetail extends SongSummary {
  master: string
  segments: Record<string, SegmentSummary[]>
}

export interface DeliveryReport {
  source: keyof BytesBySource
  from?: string
  path: string[]
  hops: number
  rttMs?: number
  elapsedMs: number
  bytes: number
}

export interface RequestReport {
  id: string
  cid: string
  size: number
  elapsedMs: number
  deliveries: DeliveryReport[]
}

export interface AddedSegment {
  cid: string
  size: number
  blocks: Array<{ cid: string, size: number }>
  /** Who heard of it: `tracker`, `dht`. Nobody so far is no failure: the node tries on. */
  announced: string[]
}

/** Body of `POST /publish`. `path` is absolute; settings left out are the origin's own. */
export interface PublishRequest {
  path: string
  title?: string
  alias?: string
  /** As people write them: `128k`. */
  bitrates?: string[]
  /** As people write it: `10s`. */
  segment?: string
  /** Video in several sizes. */
  ladder?: boolean
}

/** `<data>/control.json`: where the control API of a running daemon is; the token lies beside. */
export interface ControlFile { url: string, pid: number, role: Role, gateway: string }
export const CONTROL_FILE = 'control.json'
export const CONTROL_TOKEN_FILE = 'control.token'

export interface PublishedTitle {
  stage: 'done'
  id: string
  title: string
  alias?: string
  durationMs: number
  size: number
  renditions: string[]
}

export type PublishProgress =
  | { stage: 'transcode' | 'hash' | 'store', percent: number }
  | PublishedTitle
  | { stage: 'failed', error: string, message: string }
