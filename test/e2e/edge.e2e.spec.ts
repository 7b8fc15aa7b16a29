import { expect } from 'chai'
import type { DaemonProcess } from '../../testnet/daemon-process.ts'
import { type EdgeRig, openEdgeRig } from './edge-rig.ts'
import {
  contentOf, gatewayOf, get, getJson, type NetworkRig, type Published, served, servedTitle, until
} from './network-rig.ts'
import type { RecordingProxy } from './recording-proxy.ts'

const AT_ONCE = 100

describe('e2e/edge', function () {
  this.timeout(60_000)
  let rig: NetworkRig
  let proxy: RecordingProxy
  let bootstrap: DaemonProcess
  let origin: DaemonProcess
  let edge: DaemonProcess
  let title: Published
  let published: Record<string, string>
  let blocks: string[]
  let close: EdgeRig['close']

  before(async () => {
    ({
      rig, proxy, bootstrap, origin, edge, title, published, blocks, close
    } = await openEdgeRig({ retrieval: { timeout: '2s' } }))
  })
  after(async () => { await close() })

  const file = (n: number): string => `${gatewayOf(edge)}/hls/${title.id}/128k/${n}.m4s`

  it('is listed among the sources of the tracker, as is the origin', async () => {
    type Sources = { providers: Array<{ peer: string, role: string, http: string }> }
    let listed: Sources['providers'] = []
    // A node tells the tracker of itself and asks it for others side by side.
    await until(async () => {
      const { providers } = await getJson<Sources>(`${gatewayOf(bootstrap)}/sources`)
      listed = providers.map(({ peer, role, http }) => ({ peer, role, http }))
      return listed.length >= 2
    }, 'the tracker to list two sources')
    expect(listed).to.have.deep.members([
      { peer: edge.ready.peer, role: 'edge', http: gatewayOf(edge) },
      { peer: origin.ready.peer, role: 'origin', http: proxy.url }
    ])
  })

  it(`asks the origin once for a block that ${AT_ONCE} want before headers arrive`, async () => {
    const release = proxy.hold()
    const url = `${gatewayOf(edge)}/blocks/${blocks[2]}?content=${title.id}`
    const answers = Array.from({ length: AT_ONCE }, async () => await served(url))
    await until(() => proxy.blocks.length > 0, 'the edge to ask')
    // Answered behind them, on connections that were opened later.
    await get(`${gatewayOf(edge)}/health`)
    release()
    const all = await Promise.all(answers)
    expect(new Set(all.map(({ status, sha256 }) => `${status} ${sha256}`)))
      .to.deep.equal(new Set([published['128k/2.m4s']]))
    expect(proxy.blocks.filter(line => line.includes(blocks[2]!))).to.have.length(1)
  })

  it(`asks the origin once for each block of a segment that ${AT_ONCE} play`, async () => {
    proxy.asked = []
    const answers = await Promise.all(
      Array.from({ length: AT_ONCE }, async () => await served(file(1))))
    expect(new Set(answers.map(({ status, sha256 }) => `${status} ${sha256}`)))
      .to.deep.equal(new Set([published['128k/1.m4s']]))
    const asked = proxy.blocks.map(line => /\/blocks\/(\w+)/.exec(line)![1]!)
    expect(asked).to.include(blocks[1]).and.to.have.length(new Set(asked).size)
    expect(answers.filter(({ sources }) => sources.startsWith('origin='))).not.to.have.length(0)
    proxy.asked = []
    expect((await served(file(1))).sources).to.match(/^local=/)
    expect(proxy.asked).to.deep.equal([])
  })

  it('answers HEAD and a matching If-None-Match without fetching a block', async () => {
    proxy.asked = []
    const etag = `"${blocks[2]}"`
    const head = await get(file(2), { method: 'HEAD' })
    expect([head.status, head.headers.get('etag')]).to.deep.equal([200, etag])
    expect(Number(head.headers.get('content-length'))).to.be.greaterThan(1000)
    expect(await head.text()).to.equal('')
    for (const tag of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      const answer = await get(file(2), { headers: { 'if-none-match': tag } })
      expect([tag, answer.status, await answer.text()]).to.deep.equal([tag, 304, ''])
    }
    expect(proxy.blocks).to.deep.equal([])
  })

  it('serves ranges of a file, and the file for those it does not take', async () => {
    const whole = new Uint8Array(await (await get(file(3))).arrayBuffer())
    const size = whole.byteLength
    const last = `${size - 1}/${size}`
    const first = whole.subarray(0, 100)
    const ranges: Array<[Record<string, string>, number, Uint8Array, string?]> = [
      [{ range: 'bytes=0-99' }, 206, first, `bytes 0-99/${size}`],
      [{ range: 'bytes=100-' }, 206, whole.subarray(100), `bytes 100-${last}`],
      [{ range: 'bytes=-100' }, 206, whole.subarray(-100), `bytes ${size - 100}-${last}`],
      [{ range: `bytes=0-${size * 2}` }, 206, whole, `bytes 0-${last}`],
      [{ range: 'bytes=0-1,5-6' }, 200, whole],
      [{ range: 'furlongs=0-1' }, 200, whole],
      [{ range: 'bytes=0-99', 'if-range': '"other"' }, 200, whole],
      [{ range: 'bytes=0-99', 'if-range': `"${blocks[3]}"` }, 206, first, `bytes 0-99/${size}`]
    ]
    for (const [headers, status, bytes, contentRange] of ranges) {
      const answer = await get(file(3), { headers })
      const body = Buffer.from(await answer.arrayBuffer())
      expect([headers, answer.status, answer.headers.get('content-range') ?? undefined])
        .to.deep.equal([headers, status, contentRange])
      expect(body.equals(bytes), JSON.stringify(headers)).to.equal(true)
      expect(answer.headers.get('cache-control')).to.contain('immutable')
    }
    const past = await get(file(3), { headers: { range: `bytes=${size}-` } })
    expect([past.status, past.headers.get('content-range')]).to.deep.equal([416, `bytes */${size}`])
  })

  it('serves what it has while the origin is down, and names what it has not', async () => {
    const songs = await getJson<Array<{ id: string }>>(`${gatewayOf(edge)}/songs`)
    expect(songs).to.deep.include({ ...songs[0], id: title.id, alias: 'tone' })
    await origin.kill()
    for (const n of [1, 2, 3]) {
      const { status, sha256, sources } = await served(file(n))
      expect(`${status} ${sha256}`).to.equal(published[`128k/${n}.m4s`])
      expect(sources).to.match(/^local=/)
    }
    expect(await getJson(`${gatewayOf(edge)}/songs`)).to.deep.equal(songs)
    for (const path of ['master.m3u8', '128k/index.m3u8']) {
      for (const id of [title.id, 'tone']) {
        expect((await get(`${gatewayOf(edge)}/hls/${id}/${path}`)).status).to.equal(200)
      }
    }
    const missing = await get(file(5))
    expect(missing.status).to.be.oneOf([404, 502, 504])
    expect((await missing.json()).message).to.contain(blocks[5])
  })

  it('has the rest once the origin is back', async () => {
    await rig.restart(origin)
    await until(async () => (await get(file(5))).status === 200, 'a segment it did not have')
    expect(contentOf(await servedTitle(edge, title))).to.deep.equal(published)
  })

  it('a peer or edge that is asked to end is gone from the tracker at once', async () => {
    const peer = await rig.start('peer')
    expect(contentOf(await servedTitle(peer, title))).to.deep.equal(published)
    await rig.untilProvides(peer, title.id)
    await peer.stop()
    expect(await rig.providersOf(title.id)).not.to.include(peer.ready.peer)
    await edge.stop()
    const { providers } = await getJson<{ providers: Array<{ peer: string }> }>(
      `${gatewayOf(bootstrap)}/sources`)
    expect(providers.map(({ peer }) => peer)).to.deep.equal([origin.ready.peer])
  })
})
