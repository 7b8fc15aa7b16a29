/**
 * Sources and situations to decide in: one by one, and at random.
 */

import fc from 'fast-check'
import { nextStep } from '../../../daemon/retrieval/pick.ts'
import type { Candidate, Situation } from '../../../daemon/retrieval/situation.ts'

export const sourceOf = (
  kind: Candidate['kind'], more: Partial<Candidate> = {}
): Candidate => ({
  kind, id: kind, rttMs: 10, rateBytesPerSecond: 1e6, inFlight: 0, holds: 'have', ...more
})

/** A fetch that has just begun, at time 0. */
export const fresh: Situation = {
  nowMs: 0,
  sinceMs: 0,
  deadlineMs: 10_000,
  priority: 'playing',
  policy: 'peers-first',
  sizeBytes: 100_000,
  pending: 0,
  helpMs: 0,
  edges: 'none',
  isHeldByBusy: false,
  isSeeking: false,
  mayImprove: false
}

export const stepOf = (
  offered: Candidate[], more: Partial<Situation> = {}, random = () => 0.5
) => nextStep(offered, { ...fresh, ...more }, random)

export const picked = (...args: Parameters<typeof stepOf>) => {
  const step = stepOf(...args)
  return step.do === 'ask' ? step.source : step.do
}

const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined })

export const candidate: fc.Arbitrary<Candidate> = fc.record({
  kind: fc.constantFrom('peer' as const, 'edge' as const, 'origin' as const),
  id: fc.uuid(),
  rttMs: maybe(fc.double({ min: 0, max: 2000, noNaN: true })),
  rateBytesPerSecond: maybe(fc.double({ min: 0, max: 1e8, noNaN: true })),
  inFlight: fc.nat(64),
  holds: fc.constantFrom('have' as const, 'loading' as const, 'unknown' as const),
  score: maybe(fc.double({ min: 0, max: 1, noNaN: true })),
  isFar: fc.boolean()
}).map(({ score, ...rest }) => ({ ...rest, ...(score !== undefined && { score }) }))

/** Servers hold everything, or can get it. */
export const candidates = fc.array(candidate.map(source =>
  source.kind !== 'peer' && source.holds === 'loading' ? { ...source, holds: 'have' } : source
)) as fc.Arbitrary<Candidate[]>

export const situation: fc.Arbitrary<Situation> = fc.record({
  nowMs: fc.integer({ min: 0, max: 20_000 }),
  sinceMs: fc.constant(0),
  deadlineMs: fc.integer({ min: 1, max: 20_000 }),
  neededMs: maybe(fc.integer({ min: -1000, max: 20_000 })),
  priority: fc.constantFrom(
    'urgent' as const, 'playing' as const, 'prefetch' as const, 'offline' as const
  ),
  policy: fc.constantFrom('peers-first' as const, 'server-first' as const),
  claim: maybe(fc.nat(5)),
  regionClaim: maybe(fc.nat(5)),
  isDownload: maybe(fc.boolean()),
  sizeBytes: fc.integer({ min: 1, max: 1024 * 1024 }),
  askedMs: maybe(fc.integer({ min: 0, max: 20_000 })),
  pending: fc.nat(4),
  helpMs: fc.integer({ min: 0, max: 20_000 }),
  edges: fc.constantFrom(
    'none' as const, 'open' as const, 'asked' as const, 'busy' as const, 'failed' as const
  ),
  isHeldByBusy: fc.boolean(),
  isSeeking: fc.boolean(),
  mayImprove: fc.boolean()
})

/** Dice that fall as told, the last value ever after. */
export function rolls (...values: number[]): () => number {
  return () => values.length > 1 ? values.shift()! : values[0]!
}
