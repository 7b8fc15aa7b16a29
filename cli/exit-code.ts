/**
 * What an exit code says of a failure. in: an error. out: a number for scripts to act on.
 */

import { CommanderError } from 'commander'
import { StoppedError } from './stop-signal.ts'

export const EXIT_CODES = [
  { code: 0, meaning: 'done', errors: [] },
  { code: 1, meaning: 'a failure nobody foresaw', errors: [] },
  {
    code: 2,
    meaning: 'a wrong command line, setting or ID',
    errors: [
      'InvalidArgumentError', 'InvalidConfigError', 'InvalidCidError', 'BodyTooLargeError',
      'RangeNotSatisfiableError', 'RoutingOffError'
    ]
  },
  { code: 3, meaning: 'no daemon is running', errors: ['NoDaemonError'] },
  {
    code: 4,
    meaning: 'nobody has it',
    errors: ['ContentNotFoundError', 'NotInManifestError', 'PeerNotFoundError']
  },
  { code: 5, meaning: 'it did not come in time', errors: ['DeadlineError'] },
  {
    code: 6,
    meaning: 'what came is not what was asked for',
    errors: [
      'BlockMismatchError', 'BlockTooLargeError', 'InvalidRootError', 'InvalidSignatureError',
      'WrongPublisherError', 'InvalidPageError', 'InvalidMessageError', 'RecordRefusedError'
    ]
  },
  {
    code: 7,
    meaning: 'no ffmpeg, or not media',
    errors: ['FfmpegNotFoundError', 'InvalidMediaError']
  },
  {
    code: 8,
    meaning: 'this machine cannot: disk or quota full, port or folder taken, a file unreadable',
    errors: [
      'DiskFullError', 'QuotaExceededError', 'StoreLockedError', 'AddressInUseError', 'KeyFileError'
    ]
  },
  {
    code: 9,
    meaning: 'the daemon does not let us',
    errors: ['UnauthorizedError', 'ForbiddenError', 'RateLimitedError']
  },
  {
    code: 10,
    meaning: 'the network or its other nodes cannot now',
    errors: [
      'UpstreamError', 'PeerBusyError', 'PeerGoneError', 'OverloadedError', 'WrongNetworkError',
      'TrackerFullError', 'TrackerUnavailableError', 'NeighbourLimitError', 'PeerBannedError',
      'PeerUnreachableError', 'FileAnswerError'
    ]
  }
] as const

const UNFORESEEN = 1
const USAGE = 2
const THIS_MACHINE = 8

export function exitCodeOf (error: unknown): number {
  if (error instanceof StoppedError) return error.exitCode
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : USAGE
  if (!(error instanceof Error)) return UNFORESEEN
  const row = EXIT_CODES.find(({ errors }) => (errors as readonly string[]).includes(error.name))
  return row?.code ?? ('syscall' in error ? THIS_MACHINE : UNFORESEEN)
}
