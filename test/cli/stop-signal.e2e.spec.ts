/**
 * Requests to end, sent to a process that waits for them.
 */

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'

const MODULE = fileURLToPath(new URL('../../cli/stop-signal.ts', import.meta.url))

/** Says why it was asked to end, and ends only when it is told to again. */
const PROGRAM = `
import { stopSignal } from ${JSON.stringify(MODULE)}
const signal = stopSignal()
signal.addEventListener('abort', () => console.log(signal.reason.message))
setInterval(() => {}, 1000)
console.log('waiting')
`

describe('cli/stop-signal', () => {
  let child: ChildProcess
  let lines: AsyncIterator<string>

  beforeEach(async () => {
    child = spawn(process.execPath, ['--input-type=module-typescript', '--eval', PROGRAM], {
      stdio: ['ignore', 'pipe', 'inherit', 'ipc']
    })
    lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]()
    expect(await nextLine()).to.equal('waiting')
  })
  afterEach(() => { child.kill('SIGKILL') })

  const nextLine = async (): Promise<string> => (await lines.next()).value

  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    it(`tells of ${name} and lets the process end itself`, async () => {
      child.kill(name)
      expect(await nextLine()).to.equal(`stopped by ${name}`)
      expect(child.exitCode).to.equal(null)
    })
  }

  it('tells of the end of the process that started it', async () => {
    child.disconnect()
    expect(await nextLine()).to.equal('stopped by SIGTERM')
  })

  it('knows when the process that started it was gone before it looked', async () => {
    const late = `await new Promise(resolve => process.once('disconnect', resolve))
      ${PROGRAM}
      console.log(signal.reason?.message)`
    const orphan = spawn(process.execPath, ['--input-type=module-typescript', '--eval', late], {
      stdio: ['ignore', 'pipe', 'inherit', 'ipc']
    })
    const said = createInterface({ input: orphan.stdout! })[Symbol.asyncIterator]()
    orphan.disconnect()
    expect((await said.next()).value).to.equal('waiting')
    expect((await said.next()).value).to.equal('stopped by SIGTERM')
    orphan.kill('SIGKILL')
  })

  it('ends the process at a second request, once it cannot be the first one’s echo', async () => {
    child.kill('SIGINT')
    expect(await nextLine()).to.equal('stopped by SIGINT')
    const exited = once(child, 'exit')
    const repeat = setInterval(() => child.kill('SIGINT'), 100)
    const since = performance.now()
    expect((await exited)[0]).to.equal(130)
    clearInterval(repeat)
    expect(performance.now() - since).to.be.greaterThan(300)
  })
})
