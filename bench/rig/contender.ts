/**
 * One way of moving pieces from seeders to a leecher, as the transfer benchmarks see it.
 * Each is a module that exports a {@link Contender}; each end of a transfer is a process that loads
 * it (contender-process.ts).
 */

/** What is moved: `pieces` pieces of `pieceBytes`, made by {@link pieceOf}. */
export interface Load {
  pieceBytes: number
  pieces: number
  /** The first of them, which are moved before anything is measured. */
  warmPieces: number
  /** For what the end keeps on disk; its own, and empty. */
  folder: string
  /** Where both ends keep pieces, for those who can choose. */
  sink: Sink
}

export type Sink = 'disk' | 'memory'

export interface Contender {
  /** Makes the pieces and serves them. Returns what a leecher needs to know, as JSON. */
  seed (load: Load): Promise<unknown>
  /** Connects to the seeders, as far as that can be told apart from fetching. */
  leech (load: Load, tickets: unknown[]): Promise<Leecher>
}

export interface Leecher {
  /** As fast as it goes, {@link IN_FLIGHT} at a time where there is a choice. */
  fetch (part: Part): Promise<Fetched>
  /** One piece, checked; for contenders whose latency is measured. */
  fetchOne?: (piece: number) => Promise<unknown>
}

/** Pieces `first … first + count - 1`: those to warm up with, then all others. */
export interface Part { first: number, count: number }

export interface Fetched {
  /** Checked and kept, as far as the contender does that. */
  bytes: number
  /** Of these, by seeder in the order of the tickets, where it can be told. */
  bySeeder?: number[]
  /** All that came from them, also what was not needed. */
  receivedBytes?: number
}

/** Pieces asked for at a time. */
export const IN_FLIGHT = 8

/** Runs `work` over the pieces of a part, {@link IN_FLIGHT} at a time. */
export async function eachPiece (
  { first, count }: Part, work: (piece: number) => Promise<unknown>
): Promise<void> {
  let next = first
  await Promise.all(Array.from({ length: IN_FLIGHT }, async () => {
    while (next < first + count) await work(next++)
  }))
}

/** Every piece there is, to make them. */
export const allOf = ({ pieces }: Load): Part => ({ first: 0, count: pieces })
