/**
 * Who may be asked for a block now.
 * in: the brokers' sources, the penalty book. out: candidates, and what is to be hoped of the rest.
 */

import type { PenaltyBook } from '../routing/index.ts'
import type { Asks } from './asks.ts'
import type { Edges } from './situation.ts'
import type { BlockBroker, BlockSource, BlockWant } from './types.ts'

export interface Survey {
  candidates: BlockSource[]
  edges: Edges
  /** Some said that they have no room now. */
  hasBusy: boolean
  /** One of those is a near peer that has the block. */
  isHeldByBusy: boolean
  /** Some are left in peace after a failure, or for want of room. */
  hasPaused: boolean
}

export interface SurveyComponents {
  brokers: readonly BlockBroker[]
  penalties: PenaltyBook
}

const BEST_EDGES: readonly Edges[] = ['open', 'asked', 'busy', 'failed']

/** What the sources of one block said no to: by {@link claimOf}, and by node. */
export interface Refusals { without: ReadonlySet<string>, busy: ReadonlySet<string> }

/** All sources but those that are asked already, or said no. */
export function survey (
  { brokers, penalties }: SurveyComponents, want: BlockWant, asks: Asks, refusals: Refusals
): Survey {
  const found: Survey = {
    candidates: [], edges: 'none', hasBusy: false, isHeldByBusy: false, hasPaused: false
  }
  const busy: BlockSource[] = []
  const edges = new Set<Edges>()
  for (const broker of brokers) {
    for (const source of broker.sources(want)) {
      // Whoever has no room has none by another way either.
      const isBusy = penalties.isBusy(source.id) || penalties.isBusy(source.node)
      const isBanned = penalties.isBanned(source.sender ?? source.id)
      const isLeft = isBusy || isBanned || penalties.isBlocked(source.id)
      const isAsked = asks.has(source)
      found.hasBusy ||= isBusy
      found.isHeldByBusy ||= isBusy && isNearHolder(source)
      found.hasPaused ||= isLeft && !isBanned
      const isOpen = !isLeft && !isAsked && !refusals.without.has(claimOf(source))
      if (isOpen) {
        found.candidates.push(source)
      } else if (isBusy && source.kind !== 'peer' && !isAsked) {
        busy.push(source)
      }
      if (source.kind === 'edge') {
        // Silent for a while, an edge may be busy fetching: only what is urgent does not wait.
        edges.add(isAsked && !(want.priority === 'urgent' && asks.isSilent(source))
          ? 'asked'
          : isOpen ? 'open' : isBusy ? 'busy' : 'failed')
      }
    }
  }
  // What is to be kept on the way goes that way while there is one.
  const spreading = found.candidates.filter(({ spreads }) => spreads === true)
  if (spreading.length > 0) found.candidates = spreading
  found.edges = BEST_EDGES.find(state => edges.has(state)) ?? 'none'
  admitBusy(found, busy, refusals)
  if (found.edges === 'busy') {
    admitLast(found, busy, refusals)
  }
  return found
}

/**
 * A server that sends others away serves what nobody else has: it may be asked for what it has not
 * refused, and no peer is known to hold.
 */
function admitBusy (found: Survey, busy: readonly BlockSource[], refusals: Refusals): void {
  const isHeld = found.candidates.some(({ kind, holds }) => kind === 'peer' && holds === 'have')
  const open = isHeld
    ? []
    : busy.filter(source =>
      !refusals.busy.has(source.node) && !refusals.without.has(claimOf(source)))
  found.candidates.push(...open)
  if (found.edges === 'busy' && open.some(({ kind }) => kind === 'edge')) {
    found.edges = 'open'
  }
}

/** At the last call a busy edge is asked as anybody may ask it, so that the origin is spared. */
function admitLast (found: Survey, busy: readonly BlockSource[], refusals: Refusals): void {
  for (const { kind, insisting } of busy) {
    if (kind === 'edge' && insisting != null && !refusals.without.has(claimOf(insisting))) {
      found.candidates.push(insisting)
    }
  }
}

function isNearHolder ({ kind, holds, isFar }: BlockSource): boolean {
  return kind === 'peer' && holds === 'have' && isFar !== true
}

/** The source, and what it was known to hold: its no counts until that changes. */
export function claimOf ({ id, holds }: Pick<BlockSource, 'id' | 'holds'>): string {
  return `${id} ${holds === 'have'}`
}
