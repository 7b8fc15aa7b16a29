import { expect } from 'chai'
import type { DaemonProcess } from '../../testnet/daemon-process.ts'
import { contentNamed } from '../protocols/tracker/nodes.ts'
import { type EdgeRig, openEdgeRig } from './edge-rig.ts'
import {
  gatewayOf, get, getJson, type Published, type Served, served, until
} from './network-rig.ts'
import type { RecordingProxy } from './recording-proxy.ts'

const AT_ONCE = 100

describe('e2e/edge-misses', function () {
  this.timeout(60_000)
  let proxy: RecordingProxy
  let edge: DaemonProcess
  let title: Published
  let published: Record<string, string>
  let blocks: string[]
  let close: EdgeRig['close']

  before(async () => {
    ({
      proxy, edge, title, published, blocks, close
    } = await openEdgeRig({ retrieval: { notFound: '2s' } }))
  })
  after(async () => { await close() })

  /** Asks at once, and lets the origin answer when the edge has asked it. */
  async function together (path: string): Promise<Served[]> {
    proxy.asked = []
    const release = proxy.hold()
    const url = gatewayOf(edge) + path
    const answers = Array.from({ length: AT_ONCE }, async () => await served(url))
    await until(() => proxy.asked.length > 0, 'the edge to ask')
    await get(`${gatewayOf(edge)}/health`)
    release()
    return await Promise.all(answers)
  }
  const asked = (what: string): string[] => proxy.asked.filter(line => line.includes(what))
  const oneAnswer = (answers: Served[]): string[] =>
    [...new Set(answers.map(({ status, sha256 }) => `${status} ${sha256}`))]

  it(`asks once for the list of titles when ${AT_ONCE} ask for an alias`, async () => {
    const answers = await together('/hls/tone/master.m3u8')
    expect(oneAnswer(answers)).to.have.length(1)
    expect(answers[0]!.status).to.equal(200)
    expect(asked('/songs')).to.have.length(1)
    expect(asked(`/blocks/${title.id}`)).to.have.length(1)
    expect(new Set(asked('/blocks/')).size).to.equal(asked('/blocks/').length)
  })

  it(`asks once for each block of a playlist and of a segment that ${AT_ONCE} want`, async () => {
    const answers = await together(`/hls/${title.id}/128k/2.m4s`)
    expect(oneAnswer(answers)).to.deep.equal([published['128k/2.m4s']])
    expect(asked(blocks[2]!)).to.have.length(1)
    expect(new Set(asked('/blocks/')).size).to.equal(asked('/blocks/').length)
  })

  it('asks once also when more come while the first are being answered and stored', async () => {
    const block = blocks[4]!
    const url = `${gatewayOf(edge)}/blocks/${block}?content=${title.id}`
    proxy.asked = []
    const first = served(url)
    const waves = [first]
    // Wave upon wave, from before the answer until after it lies in the store.
    for (let isAnswered = false; !isAnswered;) {
      void first.then(() => { isAnswered = true })
      waves.push(served(url), served(url))
      await Promise.race([first, get(`${gatewayOf(edge)}/health`)])
    }
    for (let i = 0; i < AT_ONCE; i++) waves.push(served(url))
    expect(oneAnswer(await Promise.all(waves))).to.have.length(1)
    expect(asked(block)).to.have.length(1)
  })

  it('asks once for what nobody has, and not again for a while', async () => {
    const nothing = contentNamed('nothing')
    const path = `/blocks/${nothing}?content=${nothing}`
    expect((await together(path)).map(({ status }) => status))
      .to.deep.equal(Array(AT_ONCE).fill(404))
    const again = await get(gatewayOf(edge) + path)
    expect([again.status, (await again.json()).message]).to.satisfy(
      ([status, message]: [number, string]) => status === 404 && message.includes('a moment ago'))
    expect((await get(`${gatewayOf(edge)}/hls/${nothing}/master.m3u8`)).status).to.equal(404)
    expect(asked(`${nothing}`)).to.have.length(1)
    await until(async () => {
      await get(gatewayOf(edge) + path)
      return asked(`${nothing}`).length > 1
    }, 'the edge to ask once more')
    expect(asked(`${nothing}`)).to.have.length(2)
  })

  it('gives an aged list at once while the origin does not answer', async () => {
    const songs = await getJson(`${gatewayOf(edge)}/songs`)
    proxy.asked = []
    const release = proxy.hold()
    await until(async () => {
      const startedMs = performance.now()
      expect(await getJson(`${gatewayOf(edge)}/songs`)).to.deep.equal(songs)
      expect(performance.now() - startedMs).to.be.lessThan(1500)
      return asked('/songs').length > 0
    }, 'the list to age and the edge to ask behind it', 20_000)
    expect(await getJson(`${gatewayOf(edge)}/songs`)).to.deep.equal(songs)
    release()
  })
})
