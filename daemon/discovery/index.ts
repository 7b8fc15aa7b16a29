/**
 * Discovery: who may have a title, asked of DHT, tracker and neighbours side by side.
 * in: a content ID. out: providers as they become known; nothing waits for the slowest source.
 */

export type { Completeness, HttpSource, HttpSources, Provider, ProviderRegistry, ProviderSource } from './types.ts'
