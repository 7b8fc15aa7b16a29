/**
 * Manifests that are read once for all nodes: else ten thousand keep a copy of each page.
 * in: blocks, checked. out: what is in them, the same object for whoever asks.
 */

import type { Sha256 } from '../../protocols/cid.ts'
import { type ManifestReading, manifestReading } from '../../protocols/content/index.ts'

/** As many as all titles together have. */
export function sharedReading (sha256: Sha256): ManifestReading {
  const reading = manifestReading(sha256)
  const roots = new Map<string, ReturnType<ManifestReading['root']>>()
  const pages = new Map<string, ReturnType<ManifestReading['page']>>()
  return {
    root (block) {
      const key = block.cid.toString()
      const root = roots.get(key) ?? reading.root(block)
      roots.set(key, root)
      return root
    },
    page (block, place) {
      // A title may begin with a page that stands somewhere in another.
      const key = `${block.cid} ${place.segment} ${place.block} ${place.startMs}`
      const page = pages.get(key) ?? reading.page(block, place)
      pages.set(key, page)
      return page
    }
  }
}
