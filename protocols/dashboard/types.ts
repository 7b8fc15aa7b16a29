/**
 * How a network does, in JSON: what a bootstrap answers, and its dashboard draws. Times are
 * milliseconds, epoch where a moment is meant; sums are of what nodes reported.
 */

import type { Role } from '../exchange/index.ts'
import type { ReportCounts } from '../tracker/index.ts'

/** Sums of some nodes over a step; what is 0 is left out. */
export type Sums = Partial<ReportCounts>

/** One step of time: what happened since the step before. */
export interface Step {
  /** Its end. */
  atMs: number
  /** Nodes registered at its end. */
  nodes: Record<Role, number>
  /** Of them, those that have reported. */
  reporting: number
  /** Nodes whose figures were beyond belief, and counted for less. */
  cut: number
  /** By the role of who reported. */
  sums: Partial<Record<Role, Sums>>
  /** Start-ups by START_BOUNDS_MS, to the last that is not 0. */
  starts: number[]
}

/** What one node gave and took over the last hour, as it says. */
export interface Contributor {
  /** Peer ID. */
  id: string
  role: Role
  region: string
  /** Blocks sent to others, bytes. */
  uploadedBytes: number
  /** Blocks got from others, bytes. */
  fetchedBytes: number
}

/** A title somebody is getting. */
export interface ListedTitle {
  /** Content ID. */
  content: string
  rendition: string
  /** Nodes that hold a part of it, not all. */
  partly: number
}

export interface Figures {
  /** Between two steps. */
  stepMs: number
  /** The last hour at most, the oldest first. */
  steps: Step[]
  /** Peers that gave the most. */
  top: Contributor[]
  titles: ListedTitle[]
  /** False when there are more nodes than are looked at. */
  isWhole: boolean
}

/** What turns one {@link Figures} into the next. */
export type FiguresDelta = Omit<Figures, 'steps' | 'stepMs'> & { step: Step }

/** Who holds which part of a title. */
export interface Availability {
  content: string
  rendition: string
  /** All there are among those who hold some. */
  renditions: string[]
  /** Parts in a row. */
  parts: number
  /** Servers first, then who holds most. */
  rows: AvailabilityRow[]
  /** False when more nodes hold some of it. */
  isWhole: boolean
}

export interface AvailabilityRow {
  /** Peer ID. */
  id: string
  role: Role
  region: string
  held: number
  blocks: number
  /** How much of each part: base64 of bytes 0 … 255; absent where only `held` is known. */
  parts?: string
}
