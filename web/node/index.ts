/**
 * A node in a page: the daemon's retrieval over a store in the browser.
 * in: where blocks may be fetched over HTTP. out: verified segments, and where each block is from.
 */

export { createPageNode } from './page-node.ts'
export type { BlockEvent, BlockOrigin, PageNode, PageNodeInit } from './types.ts'
export { DEFAULT_QUOTA_BYTES } from './web-store.ts'
