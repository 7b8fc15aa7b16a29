/**
 * A folder for one `describe`. in: its hooks. out: the folder's path, while tests run.
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
