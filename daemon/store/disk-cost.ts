/**
 * What a block takes on disk: its bytes in whole pages, an inode and its rows in the index.
 */

/** File systems hand out space in pages of this size. */
const PAGE_BYTES = 4096

/** An inode is 256 bytes, the rows are measured to be less than that. */
const ENTRY_BYTES = 512

/** Bytes on disk of a block of `size` bytes, and what it counts against the quota. */
export function diskCost (size: number): number {
  return Math.ceil(size / PAGE_BYTES) * PAGE_BYTES + ENTRY_BYTES
}
