/**
 * What a run of the tests prints last and exits with, on small suites of its own.
 */

import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect } from 'chai'
import { ROOT } from './source-files.ts'

const MOCHA = join(ROOT, 'node_modules', 'mocha', 'bin', 'mocha.js')

describe('house/summary-reporter', () => {
  let folder: string

  beforeEach(async () => { folder = await mkdtemp(join(tmpdir(), 'cdnd-summary-')) })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  interface Run { code: number, lastLine: string | undefined, errors: string }

  async function run (suite: string): Promise<Run> {
    const file = join(folder, 'suite.spec.mjs')
    await writeFile(file, suite)
    return await new Promise(resolve => {
      execFile(process.execPath, [MOCHA, file], { cwd: ROOT }, (error, stdout, errors) => {
        const lastLine = stdout.trim().split('\n').at(-1)
        resolve({ code: Number(error?.code ?? 0), lastLine, errors })
      })
    })
  }

  it('closes a run with its counts and succeeds when all passed', async () => {
    expect(await run("it('a', () => {}); it('b', () => {})"))
      .to.include({ code: 0, lastLine: '2 passed, 0 failed' })
  })

  it('fails when a test failed', async () => {
    expect(await run("it('a', () => {}); it('b', () => { throw new Error('no') })"))
      .to.include({ code: 1, lastLine: '1 passed, 1 failed' })
  })

  it('fails when no test ran', async () => {
    expect(await run('')).to.include({ code: 1, lastLine: '0 passed, 0 failed' })
  })

  it('fails when a test is left out', async () => {
    expect((await run(`it('a', () => {}); it${'.skip'}('b', () => {})`)).code).not.to.equal(0)
    expect((await run(`it('a', () => {}); it${'.only'}('b', () => {})`)).code).not.to.equal(0)
  })

  it('ends a run that leaves something open, and fails it', async () => {
    const { code, errors } = await run("it('a', () => { setInterval(() => {}, 1000) })")
    expect(code).to.equal(1)
    expect(errors).to.match(/the tests left open: .*Timeout/)
  }).timeout(60_000)

  it('names what an addon left open, of which Node knows nothing', async () => {
    const addon = pathToFileURL(createRequire(import.meta.url).resolve('node-datachannel'))
    const { code, errors } = await run(`
      import { PeerConnection } from '${addon}'
      it('a', () => { new PeerConnection('a', { iceServers: [] }).onStateChange(() => {}) })
    `)
    expect(code).to.equal(1)
    expect(errors).to.match(/the tests left open: .*async handle/)
  }).timeout(60_000)
})
