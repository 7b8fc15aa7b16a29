/**
 * Tracker: the meeting point's memory of who has what.
 * in: signed, sequence-numbered envelopes. out: providers, nearest region first, some at random.
 */

export type { AnnouncedTitle, NodeRecord, TrackedProvider, Tracker } from './types.ts'
