/**
 * Who may be asked for a block now.
 * in: the brokers' sources, the penalty book. out: candidates, and what is to be hoped of the rest.
 */

import type { PenaltyBook } from '../routing/index.ts'
import type { Asks } from './asks.ts'
import type { Edges } from './pick.ts'
import type { BlockBroker, BlockSource, BlockWant } from './types.ts'

export interface Survey {
  candidates: BlockSource[]
  edges: Edges
  /** Some said that they have no room now. */
  hasBusy: boolean
  /** Some are left in peace after a failure, or for want of room. */
  hasPaused: boolean
}

export interface SurveyComponents {
  brokers: readonly BlockBroker[]
  penalties: PenaltyBook
}

const BEST_EDGES: readonly Edges[] = ['open', 'asked', 'busy', 'failed']

/** All sources but those that are asked already, or said no (`without`). */
export function survey (
  { brokers, penalties }: SurveyComponents, want: BlockWant, asks: Asks,
  without: ReadonlySet<string>
): Survey {
  const found: Survey = {
    candidates: [], edges: 'none', hasBusy: false, hasPaused: false
  }
  const edges = new Set<Edges>()
  for (const broker of brokers) {
    for (const source of broker.sources(want)) {
      // Whoever has no room has none by another way either.
      const isBusy = penalties.isBusy(source.id) || penalties.isBusy(source.node)
      const isLeft = isBusy || penalties.isBlocked(source.id)
      const isAsked = asks.has(source)
      if (isLeft) {
        found.hasBusy ||= isBusy
        found.hasPaused ||= !penalties.isBanned(source.id)
      }
      const isOpen = !isLeft && !isAsked && !(without.size > 0 && without.has(claimOf(source)))
      if (isOpen) {
        found.candidates.push(source)
      }
      if (source.kind === 'edge') {
        edges.add(isAsked && !asks.isSilent(source)
          ? 'asked'
          : isOpen ? 'open' : isBusy ? 'busy' : 'failed')
      }
    }
  }
  found.edges = BEST_EDGES.find(state => edges.has(state)) ?? 'none'
  return found
}

/** The source, and what it was known to hold: its no counts until that changes. */
export function claimOf ({ id, holds }: BlockSource): string {
  return `${id} ${holds === 'have'}`
}
