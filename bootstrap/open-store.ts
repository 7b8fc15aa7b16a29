/**
 * Where a bootstrap's tracker keeps what it knows. in: settings. out: its store, not started.
 */

import type { Logger } from '@libp2p/interface'
import type { Config } from '../daemon/config.ts'
import { PeerRegistry } from './peer-registry.ts'
import { RedisLink } from './redis-link.ts'
import { RedisStore } from './redis-store.ts'
import type { TrackerStore } from './store.ts'
import { DEFAULT_STORE_LIMITS } from './store-limits.ts'
import { DEFAULT_TTL_MS } from './tracker.ts'

export function openTrackerStore (
  { network, tracker: { redis: url } }: Pick<Config, 'network' | 'tracker'>, log: Logger
): TrackerStore {
  if (url == null) return new PeerRegistry()
  const link = new RedisLink({ log }, { url, prefix: `{cdnd:${network}}:` })
  return new RedisStore({ link }, { ttlMs: DEFAULT_TTL_MS, limits: DEFAULT_STORE_LIMITS })
}
