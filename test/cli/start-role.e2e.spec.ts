/**
 * `cdnd` as a process: how it begins, what it publishes, and how it ends.
 */

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { until } from '../e2e/network-rig.ts'
import { makeTone } from '../origin/media-files.ts'

const CDND = fileURLToPath(new URL('../../cli/cdnd.ts', import.meta.url))
/** A mistake of ours somewhere in the program, at a moment of the test's choice. */
const MISTAKES = {
  'an exception': "process.on('SIGUSR2', () => { throw new Error('boom') })",
  'a rejection': "process.on('SIGUSR2', () => { void Promise.reject(new Error('boom')) })"
}

describe('cli/start-role', function () {
  this.timeout(60_000)
  let folder: string
  const children: ChildProcess[] = []
  before(async () => { folder = await mkdtemp(join(tmpdir(), 'cdnd-role-')) })
  after(async () => {
    for (const child of children) child.kill('SIGKILL')
    await rm(folder, { recursive: true, force: true })
  })

  function start (role: string, args: string[] = [], preload?: string) {
    const data = join(folder, `${role}-${children.length}`)
    const options = preload == null ? [] : ['--import', `data:text/javascript,${preload}`]
    const child = spawn(process.execPath, [
      ...options, CDND, role, '--data', data, '--listen', '/ip4/127.0.0.1/tcp/0',
      '--gateway-host', '127.0.0.1', '--gateway-port', '0', '--control-port', '0', ...args
    ], { stdio: ['ignore', 'pipe', 'pipe'] })
    children.push(child)
    const said = { stdout: '', stderr: '' }
    child.stdout.on('data', chunk => { said.stdout += String(chunk) })
    child.stderr.on('data', chunk => { said.stderr += String(chunk) })
    const ended = once(child, 'close').then(([code, signal]) => code ?? signal)
    const untilSaid = async (what: string) => {
      await until(() => said.stdout.includes(what) || said.stderr.includes(what), what, 30_000)
    }
    return { child, data, said, ended, untilSaid }
  }

  for (const [what, mistake] of Object.entries(MISTAKES)) {
    it(`logs ${what} nobody caught, stops the node and exits with 1`, async () => {
      const { child, data, said, ended, untilSaid } = start('peer', [], mistake)
      await untilSaid('cdnd peer ready')
      expect(existsSync(join(data, 'control.json'))).to.equal(true)
      child.kill('SIGUSR2')
      expect(await ended).to.equal(1)
      expect(said.stderr).to.contain('ending on an error nobody caught: Error: boom')
      // The node's last act: whoever looks for a daemon finds none.
      expect(existsSync(join(data, 'control.json'))).to.equal(false)
    })
  }

  it('publishes the files it is given, while it serves, past one that is no media', async () => {
    const song = await makeTone(folder, 'song.ogg', 3)
    const text = join(folder, 'notes.txt')
    await writeFile(text, 'not music')
    const { child, said, ended, untilSaid } = start('origin', [text, song])
    await untilSaid(' song\n')
    expect(said.stdout).to.match(/^cdnd origin ready /).and.to.match(/\npublished bafy\w+ song\n$/)
    expect(said.stderr).to.match(/cdnd: \S+notes\.txt was not published: /)
      .and.to.match(/publishing with the (system|packaged) ffmpeg/)
    child.kill('SIGTERM')
    expect(await ended).to.equal(0)
  })

  it('is ready as a bootstrap, whose HTTP is the tracker’s', async () => {
    const { child, said, ended, untilSaid } = start('bootstrap')
    await untilSaid('cdnd bootstrap ready')
    const gateway = /gateway=(\S+)/.exec(said.stdout)?.[1]
    expect((await fetch(`${gateway}/healthz`)).status).to.equal(200)
    expect((await fetch(`${gateway}/songs`)).status).to.equal(404)
    child.kill('SIGINT')
    expect(await ended).to.equal(0)
  })
})
