import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { encode } from '@ipld/dag-cbor'
import { expect } from 'chai'
import type { CID } from 'multiformats/cid'
import { cidOf, DAG_CBOR_CODE } from '../../protocols/cid.ts'
import { encodeRoot, signRoot } from '../../protocols/content/index.ts'
import { sha256 } from '../../protocols/sha256.ts'
import type { DaemonProcess } from '../../testnet/daemon-process.ts'
import {
  publisherKey, sampleTitle, type SampleTitle, strangerKey
} from '../protocols/content/titles.ts'
import { FalseServer } from './false-server.ts'
import { gatewayOf, get, getJson, NetworkRig } from './network-rig.ts'

const CDN_CLI = fileURLToPath(new URL('../../cli/cdn-cli.ts', import.meta.url))

describe('e2e/garbage in manifests', function () {
  this.timeout(60_000)
  let rig: NetworkRig
  let server: FalseServer
  let bootstrap: DaemonProcess
  let peer: DaemonProcess
  let title: SampleTitle
  const held = new Map<string, Uint8Array>()
  const refusedIds: string[] = []

  before(async () => {
    title = await sampleTitle()
    for (const [cid, bytes] of title.held) held.set(cid, bytes)
    server = await FalseServer.start(({ url }, response) => {
      const bytes = held.get(url!.split(/[/?]/)[2]!)
      if (bytes == null) response.statusCode = 404
      response.end(bytes ?? '{}')
    })
    rig = await NetworkRig.open()
    bootstrap = await rig.start('bootstrap')
    await server.register(gatewayOf(bootstrap))
    peer = await rig.start('peer')
  })
  after(async () => {
    server.stop()
    await rig.close()
  })

  /** A block whose CID is right, whatever its bytes say. */
  const served = async (bytes: Uint8Array): Promise<CID> => {
    const cid = await cidOf(bytes, sha256, DAG_CBOR_CODE)
    held.set(`${cid}`, bytes)
    return cid
  }
  const refused = async (id: CID): Promise<[number, string]> => {
    refusedIds.push(`${id}`)
    const answer = await get(`${gatewayOf(peer)}/hls/${id}/master.m3u8`)
    return [answer.status, (await answer.json()).error]
  }

  it('takes a manifest that is whole', async () => {
    expect((await get(`${gatewayOf(peer)}/hls/${title.id}/128k/0.m4s`)).status).to.equal(200)
  })

  it('refuses by name a root signed by another key, also over the command line', async () => {
    const { signature: _, ...unsigned } = title.root
    const signature = await strangerKey.sign(encode(unsigned))
    const id = await served(encodeRoot({ ...unsigned, signature }))
    expect(await refused(id)).to.deep.equal([502, 'InvalidSignatureError'])
    const cli = await promisify(execFile)(process.execPath,
      [CDN_CLI, 'fetch', `${id}`, '-o', '/dev/null', '--data', rig.dataOf(peer)]
    ).catch((err: unknown) => err as { code: number, stderr: string })
    expect(cli).to.have.property('code', 6)
    expect(cli.stderr).to.match(/^cdn-cli: .*signature/m)
  })

  it('refuses a root changed after it was signed', async () => {
    const { signature } = title.root
    const changed = { ...title.root, title: 'Another', signature }
    expect(await refused(await served(encodeRoot(changed))))
      .to.deep.equal([502, 'InvalidSignatureError'])
    const named = { ...title.root, publisher: strangerKey.publicKey.raw, signature }
    expect(await refused(await served(encodeRoot(named))))
      .to.deep.equal([502, 'InvalidSignatureError'])
  })

  it('refuses a root that is no root', async () => {
    expect(await refused(await served(encode({ type: 'cdnd/content@9' }))))
      .to.deep.equal([502, 'InvalidRootError'])
    expect(await refused(await served(new Uint8Array(1000))))
      .to.deep.equal([502, 'InvalidRootError'])
  })

  it('refuses a page that its root does not describe', async () => {
    const [rendition] = title.root.renditions
    const page = await served(encode({ segments: [] }))
    const { signature: _, ...unsigned } = title.root
    const pages = rendition!.pages.map((ref, n) => n === 0 ? { ...ref, cid: page } : ref)
    const renditions = [{ ...rendition!, pages }]
    const root = await signRoot({ ...unsigned, renditions }, publisherKey)
    const id = await served(encodeRoot(root))
    // What comes first the root says itself.
    const answer = await get(`${gatewayOf(peer)}/hls/${id}/128k/1.m4s`)
    expect([answer.status, (await answer.json()).error]).to.deep.equal([502, 'InvalidPageError'])
  })

  it('takes nothing of what it refused for a title, and tells nobody of it', async () => {
    const titles = await (await rig.control(peer)).titles()
    expect(titles.map(({ id }) => id)).to.deep.equal([`${title.id}`])
    expect(refusedIds).to.have.length(5)
    const listed = await getJson<Array<{ id: string }>>(`${gatewayOf(peer)}/songs`)
    expect(listed.filter(({ id }) => refusedIds.includes(id))).to.deep.equal([])
    for (const id of refusedIds) expect(await rig.providersOf(id)).to.deep.equal([])
  })
})
