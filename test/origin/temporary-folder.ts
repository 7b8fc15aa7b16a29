/**
 * A folder for one test file. in: hooks of the `describe` it is called in. out: its path, while tests run.
 */

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** The folder is made before the tests and gone after them; `path` is undefined outside. */
export function temporaryFolder (): { readonly path: string } {
  const folder = { path: '' }
  before(async () => { folder.path = await mkdtemp(join(tmpdir(), 'cdnd-origin-')) })
  after(async () => { await rm(folder.path, { recursive: true, force: true }) })
  return folder
}
