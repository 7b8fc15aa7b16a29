import { expect } from 'chai'
import type { FastifyInstance } from 'fastify'
import { gateway } from '../../../daemon/http/index.ts'
import type { Admission, Asked } from '../../../protocols/exchange/index.ts'
import { type Sample, sampleTitle } from './sample-title.ts'

const PROVIDER = '/ip4/10.0.0.1/tcp/4001/p2p/12D3KooWGRUPvVJNYaJjBnVCoZLEwHkcmhL8CzCpVWCPJT2WoZCz'
const MARK = { 'cdnd-client': '0.1.0' }

/** Refuses the marked while `isFull`; remembers what was asked and how it ended. */
class Gate implements Admission {
  isFull = false
  readonly asked: Asked[] = []
  readonly left: Array<boolean | undefined> = []

  enter (asked: Asked): ReturnType<Admission['enter']> {
    this.asked.push(asked)
    return this.isFull && !asked.isPlain
      ? { retryAfterMs: 1400, providers: [PROVIDER] }
      : { leave: isMeasured => { this.left.push(isMeasured) } }
  }
}

describe('daemon/http/admit', () => {
  let sample: Sample
  let app: FastifyInstance
  let gate: Gate

  async function open (source: 'local' | 'origin'): Promise<void> {
    sample = await sampleTitle(source)
    gate = new Gate()
    const components = { ...sample.components, admission: gate }
    app = gateway({ host: '127.0.0.1', port: 0 })(components).app
    await app.ready()
  }
  beforeEach(async () => { await open('local') })
  afterEach(async () => { await app.close() })

  const get = async (url: string, headers: Record<string, string> = {}) =>
    await app.inject({ url, headers })
  const block = () => `/blocks/${sample.segmentCids[0]}?content=${sample.content}`
  const turn = async () => { await new Promise(resolve => { setImmediate(resolve) }) }

  it('sends a marked client away at once, with blocks, peers and a time', async () => {
    gate.isFull = true
    const answer = await get(block(), MARK)
    expect(answer.statusCode).to.equal(503)
    expect(answer.headers).to.include({ 'retry-after': '2', 'cache-control': 'no-store' })
    expect(answer.json()).to.deep.include({
      error: 'busy',
      retryAfterMs: 1400,
      blocks: [`${sample.segmentCids[0]}`],
      providers: [PROVIDER]
    })
    expect(gate.left).to.deep.equal([])
  })

  it('says who asks, so that nobody is sent to itself', async () => {
    const peer = PROVIDER.split('/').at(-1)!
    await get(block(), { ...MARK, 'cdnd-peer': peer })
    await get(`/segments/${sample.content}/128k/1`, { ...MARK, 'cdnd-peer': peer })
    await get(block(), MARK)
    expect(gate.asked.map(({ asker }) => asker)).to.deep.equal([peer, peer, undefined])
  })

  it('serves a client without the mark, full or not', async () => {
    gate.isFull = true
    for (const url of [block(), `/segments/${sample.content}/128k/1`]) {
      expect((await get(url)).statusCode).to.equal(200)
    }
    expect(gate.asked.map(({ isPlain }) => isPlain)).to.deep.equal([true, true])
  })

  it('names every block of a segment that is asked for, by whichever name', async () => {
    gate.isFull = true
    const { blocks } = await sample.manifest.index('128k').segment(1)
    for (const url of [`/hls/my%20song/128k/1.m4s`, `/segments/${sample.content}/128k/1`]) {
      expect((await get(url, MARK)).json().blocks)
        .to.deep.equal(blocks.map(({ cid }) => `${cid}`))
    }
    expect((await get(`/hls/${sample.content}/128k/init.mp4`, MARK)).statusCode).to.equal(503)
    const bare = await get(`/segments/${sample.segmentCids[0]}`, MARK)
    expect(bare.json().blocks).to.deep.equal([`${sample.segmentCids[0]}`])
  })

  it('counts a request, with its block and title, until its last byte is out', async () => {
    await get(block(), MARK)
    await turn()
    expect(gate.left).to.deep.equal([true])
    const [{ cid, content } = {}] = gate.asked
    const ids = [sample.segmentCids[0], sample.content].map(String)
    expect([cid, content].map(String)).to.deep.equal(ids)
  })

  it('measures nothing of what had to be fetched, or failed', async () => {
    await app.close()
    await open('origin')
    await get(block(), MARK)
    await get(`/blocks/${sample.content}?content=nonsense`)
    await turn()
    expect(gate.left).to.deep.equal([false, false])
  })

  it('leaves what is wrong with a request to its route', async () => {
    gate.isFull = true
    const wrong = {
      '/blocks/nonsense': 400,
      [`/hls/${sample.content}/128k/99.m4s`]: 404,
      [`/hls/${sample.content}/999k/0.m4s`]: 404,
      '/segments/nonsense': 400
    }
    for (const [url, status] of Object.entries(wrong)) {
      expect([url, (await get(url, MARK)).statusCode]).to.deep.equal([url, status])
    }
  })

  it('has no say in playlists, lists and HEAD', async () => {
    gate.isFull = true
    for (const path of ['/songs', `/hls/${sample.content}/128k/index.m3u8`, '/health']) {
      expect((await get(path, MARK)).statusCode).to.equal(200)
    }
    await app.inject({ method: 'HEAD', url: block(), headers: MARK })
    expect(gate.asked).to.deep.equal([])
  })
})
