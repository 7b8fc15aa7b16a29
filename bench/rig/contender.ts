/**
 * One way of moving pieces from seeders to a leecher, as the transfer benchmarks see it.
 * Each is a module that exports a {@link Contender}; each end of a transfer is a process that loads
 * it (contender-process.ts).
 */

/** What is moved: `pieces` pieces of `pieceBytes`, made by {@link pieceOf}. */
export interface Load {
  pieceBytes: number
  pieces: number
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
  /** Every piece, as fast as it goes, {@link IN_FLIGHT} at a time where there is a choice. */
  fetchAll (): Promise<Fetched>
  /** One piece, checked; for contenders whose latency is measured. */
  fetchOne?: (piece: number) => Promise<unknown>
}

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

/** Runs `work` over `0 … count - 1`, {@link IN_FLIGHT} at a time. */
export async function eachPiece (
  count: number, work: (piece: number) => Promise<unknown>, inFlight = IN_FLIGHT
): Promise<void> {
  let next = 0
  await Promise.all(Array.from({ length: inFlight }, async () => {
    while (next < count) await work(next++)
  }))
}
