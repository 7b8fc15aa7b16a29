/**
 * What an installed package runs: the bundle, made anew.
 */

import { execFile } from 'node:child_process'
import { mkdtemp, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect } from 'chai'
import type { DaemonProcess } from '../../testnet/daemon-process.ts'
import { makeTone } from '../origin/media-files.ts'
import { contentOf, NetworkRig, type Published, servedTitle } from './network-rig.ts'

const ROOT = join(import.meta.dirname, '..', '..')
const COMMANDS = join(ROOT, 'dist', 'cli')

const run = promisify(execFile)

describe('e2e/bundle', function () {
  this.timeout(120_000)
  let rig: NetworkRig
  let origin: DaemonProcess
  let peer: DaemonProcess
  let title: Published

  before(async () => {
    await run(process.execPath, [join(ROOT, 'build.ts')])
    rig = await NetworkRig.open({}, { entry: join(COMMANDS, 'cdnd.js') })
    await rig.start('bootstrap')
    origin = await rig.start('origin')
    await rig.start('edge')
    title = await rig.publish(origin, { path: await makeTone(rig.folder, 'tone.wav', 4) })
    peer = await rig.start('peer', 'peer', {
      listen: ['/ip4/127.0.0.1/tcp/0', '/ip4/127.0.0.1/udp/0/webrtc-direct']
    })
  })
  after(async () => { await rig?.close() })

  it('publishes, and plays what was published', async () => {
    expect(contentOf(await servedTitle(peer, title)))
      .to.deep.equal(contentOf(await servedTitle(origin, title)))
  })

  it('listens with parts that are loaded when they are needed', () => {
    expect(peer.ready.p2p).to.match(/\/webrtc-direct\//)
  })

  it('answers on the command line', async () => {
    const command = [join(COMMANDS, 'cdn-cli.js'), 'status', '--data', rig.dataOf(peer), '--json']
    expect(JSON.parse((await run(process.execPath, command)).stdout)).to.include({ role: 'peer' })
  })

  describe('what it called, compiled', () => {
    let folder: string
    beforeEach(async () => { folder = await mkdtemp(join(rig.folder, 'compiled-')) })
    /** Files kept for a role, and when they were written. */
    const kept = async (role: string) => {
      const names = await readdir(folder, { recursive: true })
      const files = names.filter(name => name.includes(`cdnd-${role}-`) && name.endsWith('.code'))
      return await Promise.all(files.map(async name =>
        [name, (await stat(join(folder, name))).mtimeMs]))
    }
    const cdnd = async (...args: string[]) => {
      const env = { ...process.env, NODE_COMPILE_CACHE: folder }
      await run(process.execPath, [join(COMMANDS, 'cdnd.js'), ...args], { env })
    }

    it('is kept for the next time', async () => {
      await cdnd('--version')
      const first = await kept('peer')
      expect(first).to.have.length(1)
      await cdnd('--version')
      expect(await kept('peer')).to.deep.equal(first)
    })

    it('is found again by a node, whatever it sets of V8 as it runs', async () => {
      process.env.NODE_COMPILE_CACHE = folder
      try {
        const bootstrap = await rig.start('bootstrap', 'second-bootstrap')
        await bootstrap.stop()
        const first = await kept('bootstrap')
        expect(first).to.have.length(1)
        await bootstrap.start()
        await bootstrap.stop()
        expect(await kept('bootstrap')).to.deep.equal(first)
      } finally {
        delete process.env.NODE_COMPILE_CACHE
      }
    })

    it('is kept for each role', async () => {
      await cdnd('edge', '--help')
      await cdnd('--help')
      expect(await kept('edge')).to.have.length(1)
      expect(await kept('peer')).to.have.length(1)
    })
  })
})
