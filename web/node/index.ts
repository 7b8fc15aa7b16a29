/**
 * A node in a page: the daemon's retrieval over a store in the browser.
 * in: where blocks may be fetched over HTTP, where other pages are met. out: verified segments,
 * where each block came from, and who the neighbours are.
 */

export { DEFAULT_MAX_PEERS } from './membership.ts'
export { createPageNode } from './page-node.ts'
export type {
  BlockEvent, BlockOrigin, NeighbourView, PageNode, PageNodeInit, SwarmState, TransportName
} from './types.ts'
export { DEFAULT_QUOTA_BYTES } from './web-store.ts'
