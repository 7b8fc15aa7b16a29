import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect } from 'chai'
import type { AddedSegment } from '../../protocols/control/index.ts'
import type { DaemonProcess } from '../../testnet/daemon-process.ts'
import { gatewayOf, get, getJson, NetworkRig, until } from './network-rig.ts'

const CDN_CLI = fileURLToPath(new URL('../../cli/cdn-cli.ts', import.meta.url))
const LARGE_BYTES = 300_000
const SMALL_BYTES = 1_000

const run = promisify(execFile)

describe('e2e/files', function () {
  this.timeout(60_000)
  let rig: NetworkRig
  let giver: DaemonProcess
  let taker: DaemonProcess
  const files: Array<AddedSegment & { bytes: Buffer, path: string }> = []

  before(async () => {
    rig = await NetworkRig.open()
    await rig.start('bootstrap')
    giver = await rig.start('peer', 'giver')
    taker = await rig.start('peer', 'taker')
    for (const size of [LARGE_BYTES, SMALL_BYTES]) {
      const path = join(rig.folder, `${size}.bin`)
      const bytes = randomBytes(size)
      await writeFile(path, bytes)
      files.push({ ...await cli(giver, 'announce', path), bytes, path })
    }
  })
  after(async () => { await rig.close() })

  async function cli<T = AddedSegment> (daemon: DaemonProcess, ...args: string[]): Promise<T> {
    const argv = [CDN_CLI, ...args, '--json', '--data', rig.dataOf(daemon)]
    return JSON.parse((await run(process.execPath, argv)).stdout)
  }

  it('are announced to the tracker by whoever was given them', async () => {
    for (const { cid, size, bytes, announced } of files) {
      expect(size).to.equal(bytes.byteLength)
      expect(announced).to.include('tracker')
      await rig.untilProvides(giver, cid)
    }
  })

  it('are fetched by another node by their CID, over the command and over HTTP', async () => {
    for (const { cid, bytes, path } of files) {
      const fetched = await cli<{ sources: object }>(taker, 'fetch', cid, '-o', `${path}.fetched`)
      expect((await readFile(`${path}.fetched`)).equals(bytes)).to.equal(true)
      expect(fetched.sources).to.include({ peer: bytes.byteLength, edge: 0, origin: 0 })
      const again = await get(`${gatewayOf(taker)}/segments/${cid}`)
      expect(Buffer.from(await again.arrayBuffer()).equals(bytes)).to.equal(true)
      expect(again.headers.get('cdnd-source')).to.equal('local')
    }
  })

  it('are not announced by who only fetched them, until told to', async () => {
    const [{ cid }] = files as [typeof files[0]]
    expect(await rig.providersOf(cid)).to.deep.equal([giver.ready.peer])
    await cli(taker, 'announce', cid)
    await rig.untilProvides(taker, cid)
    await cli(taker, 'rm', cid)
    await until(async () => !(await rig.providersOf(cid)).includes(taker.ready.peer!),
      'the taker to be forgotten')
  })

  it('stand beside titles without being one', async () => {
    expect(await cli(giver, 'ls')).to.deep.equal([])
    expect(await getJson(`${gatewayOf(giver)}/songs`)).to.deep.equal([])
    expect((await rig.status(giver)).titles).to.equal(0)
  })

  it('are provided again by a node that was killed and restarted', async () => {
    const [{ cid, bytes }] = files as [typeof files[0]]
    await giver.kill()
    await rig.restart(giver)
    await rig.untilProvides(giver, cid)
    const url = `${gatewayOf(taker)}/segments/${cid}`
    let source: string | null = null
    // Until it is announced again it may be known to the tracker and not yet be met.
    await until(async () => {
      const answer = await get(url)
      source = answer.headers.get('cdnd-source')
      return Buffer.from(await answer.arrayBuffer()).equals(bytes)
    }, 'the taker to get it again', 45_000)
    expect(source).to.equal('peer')
  })

  it('are gone once their node removed them, and an error says who was asked', async () => {
    for (const { cid } of files) {
      await cli(giver, 'rm', cid)
      await until(async () => (await rig.providersOf(cid)).length === 0, 'nobody to provide it')
    }
    const [, { cid }] = files as [unknown, typeof files[0]]
    await cli(taker, 'rm', cid)
    const answer = await get(`${gatewayOf(taker)}/segments/${cid}`)
    expect(answer.status).to.equal(404)
    const { error, message } = await answer.json() as { error: string, message: string }
    expect(error).to.equal('ContentNotFoundError')
    expect(message).to.contain(`${giver.ready.peer}: does not have it`)
  })
})
