/**
 * Defaults, as people would write them: one table for every role, one row of differences a
 * role, and one a preset.
 */

import { hostname } from 'node:os'
import type { Role } from '../protocols/exchange/index.ts'
import { DEFAULT_WEIGHTS } from './routing/index.ts'

export type Written = Record<string, unknown>

export const PRESETS = ['none', 'super-seeder'] as const
export type Preset = typeof PRESETS[number]

const EVERY_ROLE: Written = {
  preset: 'none',
  network: 'main',
  region: 'default',
  listen: ['/ip4/0.0.0.0/tcp/0', '/ip4/0.0.0.0/udp/0/webrtc-direct'],
  announceAddresses: [],
  reach: 'auto',
  bootstrap: [],
  report: 'on',
  'dht.enabled': 'on',
  'dht.mode': 'auto',
  'tracker.enabled': 'on',
  'tracker.urls': [],
  'browsers.stun': [],
  'browsers.turn': [],
  'gateway.host': '127.0.0.1',
  'gateway.requestsPerMinute': 0,
  'gateway.maxConnections': 1024,
  'control.host': '127.0.0.1',
  'store.quota': '1GB or 64 segments',
  'store.policy': 'titles',
  'store.ttl': '30d',
  'store.keepFree': '5%',
  'store.backend': 'auto',
  'store.memory': '32MiB',
  'popular.pinTop': 0,
  'popular.prefetchTop': 0,
  'popular.prefetchRate': '5MB/s',
  'upload.rate': 'unlimited',
  'upload.peers': 'unlimited',
  'upload.edges': 'unlimited',
  'upload.perPeer': 'unlimited',
  'upload.parallel': 16,
  'upload.lan': 'counted',
  'upload.metered': 'off',
  'relay.enabled': 'on',
  'relay.rate': '8MB/s',
  'relay.parallel': 16,
  'relay.memory': '16MiB',
  'relay.keep': 'on',
  'switch.enabled': 'on',
  'switch.floor': 2,
  'switch.ceiling': 512,
  'switch.reserved': '25%',
  'switch.fewHolders': 2,
  'retrieval.readAhead': '30s',
  'retrieval.timeout': '10s',
  'retrieval.playbackSpeed': 2,
  'retrieval.maxPeers': 16,
  'retrieval.neighbours': 0,
  'retrieval.notFound': '3s',
  'retrieval.policy': 'peers-first',
  'retrieval.share': 'on',
  ...Object.fromEntries(Object.entries(DEFAULT_WEIGHTS).map(([term, weight]) =>
    [`retrieval.weights.${term}`, weight])),
  'routing.metric': 'rtt',
  'routing.gossip': 'on',
  'routing.budget': '2kB/s',
  'origin.ffmpeg': 'auto',
  'origin.keepMasters': 'on',
  'origin.bitrates': ['128k'],
  'origin.segment': '10s',
  'origin.blockSize': '256KiB',
  'log.level': 'info',
  'log.json': 'off'
}

const listenOn = (port: number) =>
  [`/ip4/0.0.0.0/tcp/${port}`, `/ip4/0.0.0.0/udp/${port}/webrtc-direct`]

/** Public HTTP, with a limit a client: a swarm's peer asks for more than a player's 20 a minute. */
const PUBLIC: Written = {
  'gateway.host': '0.0.0.0',
  'gateway.requestsPerMinute': 60_000,
  'dht.mode': 'server'
}

const OF_ROLE: Record<Role, Written> = {
  peer: { 'gateway.port': 8480, 'control.port': 8490, 'retrieval.neighbours': 8 },
  edge: {
    ...PUBLIC,
    listen: listenOn(4481),
    'gateway.port': 8481,
    'control.port': 8491,
    'store.quota': '10GB',
    'popular.pinTop': 8,
    'store.memory': '256MiB',
    'upload.parallel': 64
  },
  origin: {
    ...PUBLIC,
    listen: listenOn(4482),
    'gateway.port': 8482,
    'control.port': 8492,
    'store.quota': '100GB',
    'store.policy': 'lru',
    'store.memory': '128MiB',
    'store.ttl': '0',
    'upload.parallel': 64,
    'relay.enabled': 'off'
  },
  bootstrap: {
    ...PUBLIC,
    listen: listenOn(4483),
    'gateway.port': 8483,
    'control.port': 8493,
    'store.quota': '100MB',
    'store.policy': 'lru',
    'relay.enabled': 'off'
  }
}

/** A desktop or server that keeps what listeners want most, and gives all it can. */
const OF_PRESET: Record<Preset, Written> = {
  none: {},
  'super-seeder': {
    preset: 'super-seeder',
    'store.quota': '100GB',
    'store.ttl': '0',
    'popular.pinTop': 100,
    'popular.prefetchTop': 100,
    'popular.prefetchRate': 'unlimited',
    'upload.rate': 'unlimited',
    'upload.parallel': 256,
    'retrieval.maxPeers': 64
  }
}

/** What holds for a role, and a preset, where nobody says otherwise. */
export function defaultsOf (role: Role, preset: Preset = 'none'): Written {
  return {
    role,
    name: (hostname().replaceAll(/[^\p{L}\p{N}._-]/gu, '-') || 'node').slice(0, 48),
    data: `~/.local/share/cdnd/${role}`,
    ...EVERY_ROLE,
    ...OF_ROLE[role],
    ...OF_PRESET[preset]
  }
}
