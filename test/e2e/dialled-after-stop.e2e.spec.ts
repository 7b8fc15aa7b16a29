/**
 * Nodes in a process that ends with them, and a dialer who comes too late.
 */

import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect } from 'chai'

const run = promisify(execFile)
/** Fills fresh memory with what is not zero, so that the flag says so always: mallopt(3). */
const UNSET_IS_TRUE = { MALLOC_PERTURB_: '1' }

describe('e2e/dialled-after-stop', function () {
  this.timeout(60_000)
  let folder: string

  before(async () => { folder = await mkdtemp(join(tmpdir(), 'cdnd-e2e-')) })
  after(async () => { await rm(folder, { recursive: true }) })

  it('neither crashes nor complains', async () => {
    const script = join(import.meta.dirname, 'stopped-nodes.ts')
    const env = { ...process.env, ...UNSET_IS_TRUE }
    expect(await run(process.execPath, [script, folder], { env }))
      .to.deep.equal({ stdout: '', stderr: '' })
  })
})
