/**
 * Discovery: who may have a title, asked of neighbours and trackers side by side, then of the DHT.
 * in: a content ID. out: providers as they become known; nothing waits for the slowest source.
 */

export {
  DHT_PATIENCE_MS, DhtRegistry, type DhtRegistryComponents, type DhtRegistryInit
} from './dht-registry.ts'
export { DHT_SILENCE_MS, dhtSilence } from './dht-silence.ts'
export { DhtSource, type DhtSourceComponents, type DhtSourceInit } from './dht-source.ts'
export { type FallbackComponents, type FallbackInit, withFallback } from './fallback.ts'
export { InventorySource } from './inventory-source.ts'
export { mergeSources } from './merge.ts'
export { TrackerRegistry } from './tracker-registry.ts'
export { TrackerSource, type TrackerSourceComponents } from './tracker-source.ts'
export {
  TrackedHttpSources, type TrackedHttpSourcesComponents, type TrackedHttpSourcesInit
} from './http-sources.ts'
export type {
  Completeness, HeldTitle, HttpAnswer, HttpFetch, HttpFetchInit, HttpServer, HttpSource,
  HttpSources, Provider, ProviderRegistry, ProviderSource
} from './types.ts'
