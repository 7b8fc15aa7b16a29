/**
 * Where fetched bytes go: a file that appears only when it is whole, or standard output.
 */

import { randomUUID } from 'node:crypto'
import { createWriteStream, statSync } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { InvalidArgumentError } from '../protocols/errors.ts'

/** As the path: standard output. */
export const STDOUT = '-'
const MAX_NAME_LENGTH = 120

/**
 * The path to write: what the user asked for; `name` in it when that is a folder, or in the working
 * folder when nothing was asked for, and then no file is replaced.
 *
 * @throws InvalidArgumentError
 */
export function outputPath (asked: string | undefined, name: string): string {
  if (asked === STDOUT) return STDOUT
  const safe = name.replace(/[/\\:*?"<>|\p{Cc}]+/gu, '_').replace(/^\.+/, '')
    .slice(-MAX_NAME_LENGTH)
  const isFolder = asked !== undefined && isThere(asked) && statSync(asked).isDirectory()
  if (asked !== undefined && !isFolder) return resolve(asked)
  const path = resolve(asked ?? '.', safe)
  if (isThere(path)) throw new InvalidArgumentError(`${path} exists: say with -o where to write`)
  return path
}

/** Writes all chunks and then gives the file its name; nothing stays of it when that fails. */
export async function writeOutput (
  path: string, chunks: AsyncIterable<Uint8Array>, stdout: { write: (bytes: Uint8Array) => unknown }
): Promise<void> {
  if (path === STDOUT) {
    for await (const chunk of chunks) await written(stdout, chunk)
    return
  }
  const part = join(dirname(path), `.${basename(path)}.${randomUUID().slice(0, 8)}.part`)
  try {
    const file = createWriteStream(part, { flags: 'wx' })
    await pipeline(Readable.from(chunks, { objectMode: false }), file)
    await rename(part, path)
  } catch (error) {
    await rm(part, { force: true })
    throw error
  }
}

/** Waits for a reader slower than the network. */
async function written (
  stdout: { write: (bytes: Uint8Array) => unknown }, chunk: Uint8Array
): Promise<void> {
  if (stdout.write(chunk) !== false || !('once' in stdout)) return
  await new Promise<void>(resolve => (stdout as NodeJS.WriteStream).once('drain', resolve))
}

function isThere (path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined
}
