/**
 * Dashboard: how a network does, for people and for programs that draw it.
 * in: nothing but JSON. out: the shapes of `/dashboard/figures`, `/dashboard/availability` and the
 * events of `/dashboard/events`, and the numbers they come down to.
 */

export { quantileMs, startsOf, type Summary, summaryOf, sumOf } from './summary.ts'
export type {
  Availability, AvailabilityRow, Contributor, Figures, FiguresDelta, ListedTitle, Step, Sums
} from './types.ts'
