/**
 * What an installed package runs: the bundle, made anew.
 */

import { execFile } from 'node:child_process'
import { readdir, stat } from 'node:fs/promises'
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

  it('keeps what it called, compiled, for the next time', async () => {
    const folder = join(rig.folder, 'compiled')
    const env = { ...process.env, NODE_COMPILE_CACHE: folder }
    const version = async () => {
      await run(process.execPath, [join(COMMANDS, 'cdnd.js'), '--version'], { env })
      const [name, ...others] = (await readdir(folder, { recursive: true }))
        .filter(name => name.endsWith('.code'))
      expect(others).to.deep.equal([])
      return [name, (await stat(join(folder, name!))).mtimeMs]
    }
    const kept = await version()
    expect(kept[0]).to.match(/cdnd-peer-/)
    expect(await version()).to.deep.equal(kept)
  })
})
