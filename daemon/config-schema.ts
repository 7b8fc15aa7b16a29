/**
 * Every setting of a node: its key, what it may be, and a sentence about it. Docs, flags and
 * environment variables follow from here. The keys are as people write them; the values carry
 * their unit in their name.
 */

import { z } from 'zod'
import { MAX_BLOCK_BYTES, MAX_NETWORK_LENGTH, MAX_REGION_LENGTH } from '../protocols/limits.ts'
import {
  parseBitrate, parseBytes, parseDurationMs, parseRate, parseShare
} from '../protocols/units.ts'
import { PRESETS } from './config-presets.ts'
import {
  address, between, bytes, host, iceUrl, integer, isOn, listOf, loopback, name, oneOf, optional,
  path, peerAddress, quota, redisUrl, secret, text, unit, url, weight
} from './config-values.ts'
import type { Read } from './config-values.ts'
import { UPLOAD_SETTINGS } from './upload-settings.ts'
import type { StoreBackend, StorePolicy } from './store/index.ts'

const KEY_BYTES = 32
const SIGNATURE_BYTES = 64
const MAX_PORT = 65_535
const MAX_REQUESTS = 1_000_000
const MAX_POPULAR = 1000
const MAX_AT_ONCE = 65_536
const MAX_RELAYED = 256
const MAX_SPEED = 16

/** One setting: `description` is what `--help` and the docs say of it. */
const setting = <T>(description: string, read: Read<T>) =>
  z.unknown().transform((value, context): T => {
    try {
      return read(value)
    } catch (err) {
      context.addIssue({ code: 'custom', message: (err as Error).message })
      return z.NEVER
    }
  }).describe(description)

const port = integer(0, MAX_PORT)
const backend: Read<StoreBackend> = oneOf('auto', 'log', 'files', 'memory')
const policy: Read<StorePolicy> = oneOf('titles', 'tinylfu', 'lru')

export const configSchema = z.strictObject({
  role: setting('What the node is', oneOf('peer', 'edge', 'origin', 'bootstrap')),
  preset: setting('Other defaults: super-seeder keeps what is popular', oneOf(...PRESETS)),
  network: setting('Only nodes of the same network meet', name(MAX_NETWORK_LENGTH)),
  name: setting('What people call this node', name(MAX_NETWORK_LENGTH)),
  region: setting('Where the node stands; sources there come first', name(MAX_REGION_LENGTH)),
  data: setting('Folder of identity, blocks and control token', path),
  listen: setting('Multiaddrs to listen on', listOf(address)),
  announceAddresses: setting('Multiaddrs to tell others instead of those found', listOf(address)),
  reach: setting('Whether others can dial this node', oneOf('auto', 'direct', 'nat')),
  bootstrap: setting('Multiaddrs of bootstrap nodes, with /p2p/', listOf(peerAddress)),
  operatorKey: setting('Public key that endorses edges and origins', optional(bytes(KEY_BYTES))),
  endorsement: setting("The operator's signature for this node", optional(bytes(SIGNATURE_BYTES))),
  publicUrl: setting("Base URL under which others reach this node's gateway", optional(url)),
  report: setting('Tell trackers how the node does, for their dashboard', isOn),
  dht: z.strictObject({
    enabled: setting('Find and announce titles through the DHT', isOn),
    mode: setting('server answers others; auto: where reachable', oneOf('auto', 'server', 'client'))
  }),
  tracker: z.strictObject({
    enabled: setting('Find and announce titles through trackers', isOn),
    urls: setting('HTTP trackers besides the bootstrap nodes', listOf(url)),
    redis: setting('Redis that a bootstrap shares with its replicas', optional(redisUrl))
  }),
  browsers: z.strictObject({
    stun: setting('STUN servers a bootstrap names to pages', listOf(iceUrl('stun'))),
    turn: setting('TURN servers a bootstrap names to pages', listOf(iceUrl('turn'))),
    turnSecret: setting('Secret shared with those TURN servers', optional(secret))
  }),
  gateway: z.strictObject({
    host: setting('Address the gateway listens on', host),
    port: setting('Port of the gateway, 0 for any free one', port),
    requestsPerMinute: setting('Requests of one address, 0: no limit', integer(0, MAX_REQUESTS)),
    maxConnections: setting('Connections open at once', integer(1, 65_536))
  }),
  control: z.strictObject({
    host: setting('Loopback address of the control API', loopback),
    port: setting('Port of the control API, 0 for any free one', port)
  }),
  store: z.strictObject({
    quota: setting('Blocks kept, in bytes or segments; the larger, where both', quota),
    policy: setting('Which blocks make room', policy),
    ttl: setting('Blocks unused this long are dropped, 0 for never', unit(parseDurationMs)),
    keepFree: setting('Share of the disk left free', unit(parseShare)),
    backend: setting('How blocks lie on disk', backend),
    memory: setting('Bytes of blocks kept in memory, 0 for none', between(parseBytes, '0', '1TB'))
  }).transform(({ quota, ttl, memory, ...rest }) =>
    ({ quotaBytes: quota.bytes, quotaSegments: quota.segments, ttlMs: ttl, memoryBytes: memory,
      ...rest })),
  popular: z.strictObject({
    pinTop: setting('Titles played most that no other pushes out', integer(0, MAX_POPULAR)),
    prefetchTop: setting('Titles played most that are fetched whole', integer(0, MAX_POPULAR)),
    prefetchRate: setting('Bytes per second of fetching those', unit(parseRate))
  }).transform(({ prefetchRate, ...rest }) =>
    ({ prefetchBytesPerSecond: prefetchRate, ...rest })),
  upload: z.strictObject({
    rate: setting('Bytes per second served to others', UPLOAD_SETTINGS.rate),
    peers: setting('Of that, to all peers together', UPLOAD_SETTINGS.peers),
    edges: setting('Of that, to all edges and origins together', UPLOAD_SETTINGS.edges),
    perPeer: setting('Of that, to each', UPLOAD_SETTINGS.perPeer),
    parallel: setting('Blocks served to others at once', UPLOAD_SETTINGS.parallel),
    lan: setting('Whether what goes to private addresses counts', UPLOAD_SETTINGS.lan),
    metered: setting('Upload nothing: the link costs money', UPLOAD_SETTINGS.metered)
  }),
  relay: z.strictObject({
    enabled: setting("Pass on what others ask of nodes they can't dial", isOn),
    rate: setting('Bytes per second of that, for each who asks', unit(parseRate)),
    parallel: setting('Blocks passed on at once, for each who asks', integer(1, MAX_RELAYED)),
    memory: setting('Bytes passed on at once, for all', between(parseBytes, '1MiB', '1GB')),
    keep: setting('Keep a share of titles that pass through, when asked to', isOn)
  }).transform(({ rate, memory, ...rest }) =>
    ({ perPeerBytesPerSecond: rate, memoryBytes: memory, ...rest })),
  switch: z.strictObject({
    enabled: setting('Send peers to the swarm when too many ask (edge, origin)', isOn),
    floor: setting('Requests served at once in any case', integer(1, MAX_AT_ONCE)),
    ceiling: setting('Requests served at once at most', integer(1, MAX_AT_ONCE)),
    reserved: setting('Share of the slots kept for players and rare blocks', unit(parseShare)),
    fewHolders: setting('A block with fewer live holders is rare', integer(0, 64))
  }),
  retrieval: z.strictObject({
    readAhead: setting('Media fetched ahead of the playhead', between(parseDurationMs, '0', '10m')),
    timeout: setting('Deadline of one segment, all sources', between(parseDurationMs, '1s', '1m')),
    playbackSpeed: setting('The fastest that players play', integer(1, MAX_SPEED)),
    maxPeers: setting('Peers asked for one title', integer(1, 256)),
    neighbours: setting('Peers kept near at hand whatever is played', integer(0, 64)),
    notFound: setting('How long "nobody has it" is believed', between(parseDurationMs, '0', '1m')),
    policy: setting('Who is asked first', oneOf('peers-first', 'server-first')),
    share: setting('Fetch a share ahead for a swarm that has little', isOn),
    weights: z.strictObject({
      rtt: setting('How much a short round trip counts in choosing a peer', weight),
      upload: setting("How much a peer's upload capacity counts", weight),
      reciprocity: setting('How much it counts what a peer gave for what it took', weight),
      uptime: setting('How much it counts how reachable a peer was', weight)
    })
  }).transform(({ readAhead, timeout, notFound, ...rest }) =>
    ({ readAheadMs: readAhead, timeoutMs: timeout, notFoundMs: notFound, ...rest })),
  routing: z.strictObject({
    metric: setting('What the shortest path is short in', oneOf('rtt', 'hops')),
    gossip: setting('Tell and hear how far nodes are from each other', isOn),
    budget: setting('Bytes per second of that, both ways', between(parseRate, '250B/s', '1MB/s'))
  }).transform(({ budget, ...rest }) => ({ budgetBytesPerSecond: budget, ...rest })),
  origin: z.strictObject({
    ffmpeg: setting('Path of ffmpeg; auto is the one on PATH, else the packaged one', text),
    keepMasters: setting('Keep a copy of every published file', isOn),
    bitrates: setting('Audio bit rates, one rendition each', listOf(unit(parseBitrate))),
    segment: setting('Length of a segment', between(parseDurationMs, '2s', '10s')),
    blockSize: setting('Size of a block', between(parseBytes, '16KiB', `${MAX_BLOCK_BYTES}B`))
  }).transform(({ bitrates, segment, blockSize, ...rest }) =>
    ({ bitratesBitsPerSecond: bitrates, segmentMs: segment, blockBytes: blockSize, ...rest })),
  log: z.strictObject({
    level: setting('What is logged', oneOf('silent', 'error', 'warn', 'info', 'debug', 'trace')),
    json: setting('One JSON object a line instead of text', isOn)
  })
})

/** The settings of one node. */
export type Config = z.output<typeof configSchema>

/** A setting as flags, environment and docs name it. */
export interface Setting {
  /** `store.quota` */
  key: string
  /** `--store-quota` */
  flag: string
  /** `CDND_STORE_QUOTA` */
  env: string
  description: string
}

/** Every setting there is, in the order of the schema. */
export const SETTINGS: readonly Setting[] = leaves(configSchema, [])

function leaves (section: z.ZodObject, path: string[]): Setting[] {
  return Object.entries(section.shape).flatMap(([key, child]) => {
    const inner = child instanceof z.ZodPipe ? child.in : child
    if (inner instanceof z.ZodObject) return leaves(inner, [...path, key])
    const words = [...path, key].flatMap(part => part.split(/(?=[A-Z])/))
    return {
      key: [...path, key].join('.'),
      flag: `--${words.join('-').toLowerCase()}`,
      env: `CDND_${words.join('_').toUpperCase()}`,
      description: (child as z.ZodType).description ?? ''
    }
  })
}
