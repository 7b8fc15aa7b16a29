/**
 * How many entries an LRU cache may have, for `new LRUCache(upTo(n))`.
 *
 * Told `max`, lru-cache takes the memory of a full cache at once: 22 bytes an entry, 90 KB for a
 * bound of 4096 that is seldom near. This bound is the same, and memory comes with the entries.
 */

export interface LruBound {
  maxSize: number
  sizeCalculation: () => number
}

export function upTo (entries: number): LruBound {
  return { maxSize: entries, sizeCalculation: one }
}

const one = (): number => 1
