import { execFile } from 'node:child_process'
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { once } from 'node:events'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import type { DaemonProcess } from '../../testnet/daemon-process.ts'
import { gatewayOf, getJson, NetworkRig, portOf } from './network-rig.ts'

const CDND = fileURLToPath(new URL('../../cli/cdnd.ts', import.meta.url))
const LISTEN = { listen: '/ip4/127.0.0.1/tcp/0', 'gateway-port': '0', 'control-port': '0' }

/** Flags for any free ports, unless said otherwise. */
const ports = (taken: Partial<typeof LISTEN> = {}): string[] =>
  Object.entries({ ...LISTEN, ...taken }).flatMap(([flag, value]) => [`--${flag}`, value])

/** A daemon that does not get to be ready: its exit code and what it says on stderr. */
async function failed (...args: string[]): Promise<{ code: unknown, stderr: string }> {
  return await new Promise(resolve => {
    execFile(process.execPath, [CDND, ...args], { timeout: 20_000 }, (err, _stdout, stderr) => {
      resolve({ code: err?.code, stderr })
    })
  })
}

describe('e2e/garbage in settings and folders', function () {
  this.timeout(60_000)
  let rig: NetworkRig
  let peer: DaemonProcess

  before(async () => {
    rig = await NetworkRig.open()
    peer = await rig.start('peer')
  })
  after(async () => { await rig.close() })

  const written = async (name: string, text: string): Promise<string> => {
    const path = join(rig.folder, name)
    await writeFile(path, text)
    return path
  }
  const freshData = (name: string): string[] => ['--data', join(rig.folder, name)]

  it('names key, line and what is allowed for all wrong units and keys at once', async () => {
    const path = await written('bad.yaml', [
      'network: e2e', 'store:', '  quota: 10 gigs', '  ttl: 30', 'upload:', '  rate: 100',
      'stoer:', '  quota: 1GB', 'retrieval:', '  timeout: 1h', 'gateway:', '  port: 99999'
    ].join('\n'))
    const { code, stderr } = await failed('peer', '--config', path)
    expect(code).to.equal(2)
    expect(stderr).to.contain(`store.quota (${path}:3): "10 gigs" is not a size: write`)
    expect(stderr).to.contain(`store.ttl (${path}:4): `).and.contain('30s')
    expect(stderr).to.contain(`upload.rate (${path}:6): `).and.contain('100MB/s')
    expect(stderr).to.contain(`${path}:7: there is no setting "stoer": did you mean store?`)
    expect(stderr).to.contain(`retrieval.timeout (${path}:10): `).and.contain('1m')
    expect(stderr).to.contain(`gateway.port (${path}:12): `).and.contain('65535')
    expect(stderr).not.to.match(/^ +at /m)
  })

  it('names the line of a file that is no YAML, and a file that is not there', async () => {
    const broken = await written('broken.yaml', 'network: e2e\nstore: [1, 2\n')
    const answer = await failed('peer', '--config', broken)
    expect([answer.code, answer.stderr]).to.deep.equal([2, answer.stderr])
    expect(answer.stderr).to.match(/broken\.yaml:\d: /)
    const absent = await failed('peer', '--config', join(rig.folder, 'none.yaml'))
    expect(absent.code).to.equal(2)
    expect(absent.stderr).to.contain('none.yaml')
  })

  it('refuses an unknown role, flag and variable', async () => {
    const role = await failed('king')
    expect([role.code, role.stderr]).to.deep.equal([2, role.stderr])
    expect(role.stderr).to.contain('peer, edge, origin, bootstrap')
    const flag = await failed('peer', '--stor-quota', '1GB')
    expect(flag.code).to.equal(2)
    expect(flag.stderr).to.contain('--store-quota')
  })

  it('lets one process have a data folder; the first goes on', async () => {
    const { code, stderr } = await failed('peer', '--data', rig.dataOf(peer), ...ports())
    expect(code).to.equal(8)
    expect(stderr).to.match(/^cdnd: the store in .* is open already: /m)
      .and.contain(rig.dataOf(peer))
    expect(await getJson(`${gatewayOf(peer)}/health`)).to.include({ status: 'ok' })
  })

  it('names the setting of a port that is taken, and leaves nothing behind', async () => {
    const taken = `${portOf(gatewayOf(peer))}`
    const data = freshData('second')
    for (const key of ['gateway', 'control']) {
      const { code, stderr } = await failed('peer', ...data, ...ports({ [`${key}-port`]: taken }))
      expect([key, code]).to.deep.equal([key, 8])
      expect(stderr).to.contain(`${key}.port: `).and.contain(taken).and.contain(`--${key}-port`)
    }
    expect(await readFile(join(data[1]!, 'control.json')).catch(() => 'gone')).to.equal('gone')
  })

  it('says which address of libp2p is taken', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as { port: number }
    const address = `/ip4/127.0.0.1/tcp/${port}`
    const answer = await failed('peer', ...freshData('third'), ...ports({ listen: address }))
    server.close()
    expect(answer.code).to.equal(8)
    expect(answer.stderr).to.match(/^cdnd: listen: another program listens on /m)
      .and.contain(`${address}: choose another port with --listen`)
    expect(answer.stderr).not.to.match(/^ +at /m)
  })

  it('refuses a key that others can read, and one that is no key', async () => {
    const [, data] = freshData('fourth') as [string, string]
    const key = join(data, 'node.key')
    await mkdir(data)
    await writeFile(key, 'not a key', { mode: 0o600 })
    const damaged = await failed('peer', '--data', data, ...ports())
    expect(damaged.code).to.equal(8)
    expect(damaged.stderr).to.contain(key).and.contain('damaged')
    await chmod(key, 0o644)
    const open = await failed('peer', '--data', data, ...ports())
    expect(open.code).to.equal(8)
    expect(open.stderr).to.contain(`chmod 600 ${key}`)
  })
})
