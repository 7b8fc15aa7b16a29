/**
 * The file a publisher names, before ffmpeg sees it.
 * in: a path. out: its absolute path and what tells whether it changed since.
 */

import { access, constants, stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { InvalidMediaError } from '../protocols/errors.ts'

export interface InputFile {
  /** Absolute. */
  path: string
  size: number
  modifiedMs: number
}

const REASONS: Record<string, string> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'there is no such file',
  EACCES: 'it may not be read: check its permissions'
}

/** @throws InvalidMediaError when there is no file with something in it that we may read */
export async function openInput (name: string): Promise<InputFile> {
  const path = resolve(name)
  try {
    await access(path, constants.R_OK)
  } catch (cause) {
    const reason = REASONS[(cause as NodeJS.ErrnoException).code ?? ''] ?? 'it cannot be read'
    throw new InvalidMediaError(`${path}: ${reason}`, { cause })
  }
  const found = await stat(path)
  if (found.isDirectory()) throw new InvalidMediaError(`${path} is a folder: name a file in it`)
  // A pipe or device would be waited for without end.
  if (!found.isFile()) throw new InvalidMediaError(`${path} is not a regular file`)
  if (found.size === 0) throw new InvalidMediaError(`${path} is empty`)
  return { path, size: found.size, modifiedMs: found.mtimeMs }
}

/** @throws InvalidMediaError when the file is not what it was */
export async function assertUnchanged (input: InputFile): Promise<void> {
  const now = await openInput(input.path)
  if (now.size !== input.size || now.modifiedMs !== input.modifiedMs) {
    throw new InvalidMediaError(
      `${input.path} changed while it was read: publish it again when it is finished`
    )
  }
}
