/**
 * A file that is either the old one or the new one, whole, also after a power cut.
 */

import { randomUUID } from 'node:crypto'
import { open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'

/** Writes `text` to `path`: aside first, to the disk, then into place. */
export async function replaceFile (
  path: string, text: string, { mode }: { mode?: number } = {}
): Promise<void> {
  const aside = `${path}.${randomUUID()}`
  try {
    const file = await open(aside, 'wx', mode)
    try {
      await file.writeFile(text)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(aside, path)
  } catch (err) {
    await rm(aside, { force: true })
    throw err
  }
  await syncFolder(dirname(path))
}

/** A rename is on the disk once its folder is; Windows cannot open folders, and does without. */
async function syncFolder (path: string): Promise<void> {
  if (process.platform === 'win32') return
  const folder = await open(path)
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
