import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect } from 'chai'
import type { DaemonProcess } from '../../testnet/daemon-process.ts'
import { sampleTitle, type SampleTitle } from '../protocols/content/titles.ts'
import { FalseServer } from './false-server.ts'
import { gatewayOf, get, getJson, logOf, NetworkRig, until } from './network-rig.ts'

const CDN_CLI = fileURLToPath(new URL('../../cli/cdn-cli.ts', import.meta.url))

describe('e2e/edge, on an operator\'s network', function () {
  this.timeout(60_000)
  let rig: NetworkRig
  let strict: DaemonProcess
  let rogue: DaemonProcess
  let endorsed: DaemonProcess
  let stranger: DaemonProcess
  let operatorKey: string

  before(async () => {
    rig = await NetworkRig.open()
    // As docs/operations.md says: started once, vouched for, started again.
    endorsed = await rig.start('edge', 'endorsed')
    await endorsed.stop()
    const vouched = await endorse(endorsed)
    operatorKey = vouched.operatorKey!
    strict = await rig.start('bootstrap', 'strict', { operatorKey })
    rogue = await rig.start('bootstrap', 'rogue', { bootstrap: [] })
    const { endorsement, publicUrl } = vouched
    const bootstrap = rig.bootstrapAddresses()
    await rig.restart(endorsed, { operatorKey, endorsement, publicUrl, bootstrap })
    stranger = await rig.start('edge', 'stranger', { operatorKey })
  })
  after(async () => { await rig.close() })

  const endorse = async (edge: DaemonProcess): Promise<Record<string, string>> => {
    const { stdout } = await promisify(execFile)(process.execPath, [
      CDN_CLI, 'endorse', '--key', join(rig.folder, 'operator.key'), '--network', 'e2e',
      '--peer', edge.ready.peer!, '--role', 'edge', '--http', gatewayOf(edge), '--json'
    ])
    return JSON.parse(stdout)
  }
  const named = async (bootstrap: DaemonProcess): Promise<string[]> => {
    const url = `${gatewayOf(bootstrap)}/sources`
    const { providers } = await getJson<{ providers: Array<{ http: string }> }>(url)
    return providers.map(({ http }) => http).sort()
  }

  it('the tracker registers the edge that is endorsed, and tells the other why not', async () => {
    await until(async () => (await named(strict)).length > 0, 'an edge at the tracker')
    await until(async () => (await logOf(stranger)).includes('is not endorsed by this network'),
      'the refusal in the log of the edge that is not endorsed')
    expect(await named(strict)).to.deep.equal([gatewayOf(endorsed)])
  })

  it('a peer takes only the endorsed one from a tracker that names both', async () => {
    const both = [gatewayOf(endorsed), gatewayOf(stranger)].sort()
    await until(async () => `${await named(rogue)}` === `${both}`, 'both at the careless tracker')
    const peer = await rig.start('peer', 'peer', { operatorKey })
    const sources = async (): Promise<string[]> =>
      (await rig.status(peer)).httpSources.map(({ url }) => url)
    await until(async () => (await sources()).length > 0, 'an edge at the peer')
    expect(await sources()).to.deep.equal([gatewayOf(endorsed)])
    const careless = await rig.start('peer', 'careless')
    await until(async () => (await rig.status(careless)).httpSources.length === 2,
      'both at a peer that knows no operator')
  })

  it('an endorsement is of no use under another URL', async () => {
    await endorsed.stop()
    await rig.restart(endorsed, { publicUrl: 'http://127.0.0.1:1' })
    await until(async () => (await logOf(endorsed)).includes('is not endorsed by this network'),
      'the refusal')
    expect(await named(strict)).to.deep.equal([])
  })
})

describe('e2e/edge, that sends peers elsewhere', function () {
  this.timeout(60_000)
  let rig: NetworkRig
  let lure: FalseServer
  let server: FalseServer
  let title: SampleTitle

  before(async () => {
    title = await sampleTitle()
    // Had anybody followed, it would have got the right bytes.
    lure = await FalseServer.start(({ url }, response) => {
      response.end(title.held.get(url!.split(/[/?]/)[2]!) ?? '[]')
    })
    server = await FalseServer.start(({ url }, response) => {
      response.writeHead(302, { location: `${lure.url}${url}` }).end()
    })
    rig = await NetworkRig.open()
    await server.register(gatewayOf(await rig.start('bootstrap')))
  })
  after(async () => {
    server.stop()
    lure.stop()
    await rig.close()
  })

  it('is followed nowhere: not for blocks, nor for its list of titles', async () => {
    const peer = await rig.start('peer', 'peer', { retrieval: { timeout: '2s' } })
    const answer = await get(`${gatewayOf(peer)}/hls/${title.id}/master.m3u8`)
    expect(answer.status).to.be.oneOf([404, 502, 504])
    expect(await getJson(`${gatewayOf(peer)}/songs`)).to.deep.equal([])
    expect(server.asked.map(path => path.split('/')[1])).to.include.members(['blocks', 'songs'])
    expect(lure.asked).to.deep.equal([])
  })
})
