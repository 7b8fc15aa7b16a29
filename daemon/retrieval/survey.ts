/**
 * Who may be asked for a block now.
 * in: the brokers' sources, the penalty book. out: candidates, and what is to be hoped of the rest.
 */

import type { PenaltyBook } from '../routing/index.ts'
import type { Asks } from './asks.ts'
import type { BlockBroker, BlockSource, BlockWant } from './types.ts'

export interface Survey {
  candidates: BlockSource[]
  /** An edge is known, whether it may be asked now or not. */
  hasEdge: boolean
  /** One of the edges said that it has no room now. */
  isEdgeBusy: boolean
  /** Some said that they have no room now. */
  hasBusy: boolean
  /** Some are left in peace after a failure, or for want of room. */
  hasPaused: boolean
}

export interface SurveyComponents {
  brokers: readonly BlockBroker[]
  penalties: PenaltyBook
}

/** All sources but those that are asked already, or said no (`without`). */
export function survey (
  { brokers, penalties }: SurveyComponents, want: BlockWant, asks: Asks,
  without: ReadonlySet<string>
): Survey {
  const found: Survey = {
    candidates: [], hasEdge: false, isEdgeBusy: false, hasBusy: false, hasPaused: false
  }
  for (const broker of brokers) {
    for (const source of broker.sources(want)) {
      found.hasEdge ||= source.kind === 'edge'
      // Whoever has no room has none by another way either.
      const isBusy = penalties.isBusy(source.id) || penalties.isBusy(source.node)
      found.isEdgeBusy ||= isBusy && source.kind === 'edge'
      if (isBusy || penalties.isBlocked(source.id)) {
        found.hasBusy ||= isBusy
        found.hasPaused ||= !penalties.isBanned(source.id)
      } else if (!asks.has(source) && !(without.size > 0 && without.has(claimOf(source)))) {
        found.candidates.push(source)
      }
    }
  }
  return found
}

/** The source, and what it was known to hold: its no counts until that changes. */
export function claimOf ({ id, holds }: BlockSource): string {
  return `${id} ${holds === 'have'}`
}
