/**
 * What a tracker's store takes, wherever it keeps it, and how it refuses more.
 */

import { RecordRefusedError, TrackerFullError } from '../protocols/errors.ts'

export interface StoreLimits {
  maxNodes: number
  maxTitlesPerNode: number
  /** Past it a newcomer takes the place of a random peer; edges and origins stay. */
  maxProvidersPerTitle: number
  maxSegments: number
}

/** Higher: a larger network on one tracker; lower: less memory, 4 KB a node and 1 KB a title. */
export const DEFAULT_STORE_LIMITS: StoreLimits = {
  maxNodes: 100_000,
  maxTitlesPerNode: 10_000,
  maxProvidersPerTitle: 2_000,
  maxSegments: 200_000
}

/** Peers, and servers, looked at for one answer; of a title that more hold, some by chance. */
export const MAX_CANDIDATES = 256
/** Edges and origins looked at for one answer. */
export const MAX_HTTP_NODES = 256

export const replayed = (seq: number, last: number | string | undefined): RecordRefusedError =>
  new RecordRefusedError(
    'sequence', `sequence number ${seq} is not above ${last}: a replay, or out of order`
  )

export const tooManyTitles = (max: number): RecordRefusedError =>
  new RecordRefusedError('too-many', `a node announces at most ${max} titles`)

export const storeFull = (): TrackerFullError =>
  new TrackerFullError('this tracker takes nothing new until others have gone')
