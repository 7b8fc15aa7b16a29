/**
 * Hosts in a process that ends with them, and a dialer who comes too late.
 */

import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect } from 'chai'

const run = promisify(execFile)

describe('protocols/left-listening', function () {
  this.timeout(30_000)

  it('is dialled after it was stopped, and neither crashes nor complains', async () => {
    const script = join(import.meta.dirname, 'stopped-webrtc-hosts.ts')
    expect((await run(process.execPath, [script])).stdout).to.equal('[]')
  })
})
