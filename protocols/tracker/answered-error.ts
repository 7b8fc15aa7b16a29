/**
 * Failures across the wire: an error's name, message and reason, and back.
 * in: an error, or what a tracker answered. out: what to answer, or the error of that name.
 */

import {
  InvalidMessageError, RateLimitedError, RecordRefusedError, type RefusalReason, TrackerFullError,
  TrackerUnavailableError, UpstreamError
} from '../errors.ts'
import type { AnsweredError } from './message.ts'

/** Names a tracker tells; anything else is its own trouble and stays its own secret. */
const TOLD: readonly string[] = [
  'RecordRefusedError', 'RateLimitedError', 'InvalidMessageError', 'TrackerFullError',
  'TrackerUnavailableError', 'InvalidCidError'
]

/** True of an error that says by itself what was wrong with a question or an answer. */
export const isAnswerable = (err: unknown): err is Error =>
  err instanceof Error && TOLD.includes(err.name)

export function toAnswer (err: unknown): AnsweredError {
  if (!isAnswerable(err)) {
    return { error: 'InternalError', message: 'the tracker could not answer' }
  }
  const { name: error, message } = err
  const told = { error, message }
  return err instanceof RecordRefusedError ? { ...told, reason: err.reason } : told
}

export function fromAnswer ({ error, message, reason }: AnsweredError): Error {
  switch (error) {
    case 'RecordRefusedError': return new RecordRefusedError(reason as RefusalReason, message)
    case 'RateLimitedError': return new RateLimitedError(message)
    case 'InvalidMessageError': return new InvalidMessageError(message)
    case 'TrackerFullError': return new TrackerFullError(message)
    case 'TrackerUnavailableError': return new TrackerUnavailableError(message)
    default: return new UpstreamError(`the tracker answered ${error}: ${message}`)
  }
}
