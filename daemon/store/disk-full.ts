/**
 * What a file system says when it is full, in our words.
 */

import { DiskFullError } from '../../protocols/errors.ts'

/** `err`, or a DiskFullError where it means that the disk that holds `path` is full. */
export function asDiskFull (err: unknown, path: string): unknown {
  if (err instanceof DiskFullError || !isNoSpace(err)) return err
  return new DiskFullError(`the disk that holds ${path} is full: free some of it`, { cause: err })
}

function isNoSpace (err: unknown): boolean {
  if (!(err instanceof Error)) return false
  if ('code' in err && (err.code === 'ENOSPC' || err.code === 'EDQUOT')) return true
  // LevelDB hands the system's words on, without a code.
  return /no space left on device/i.test(err.message) || isNoSpace(err.cause)
}
