import { readFileSync } from 'node:fs'
import { expect } from 'chai'
import { gateway } from '../../../daemon/http/index.ts'
import { deliveryHeaders } from '../../../daemon/http/delivery-headers.ts'
import { cidOf } from '../../../protocols/cid.ts'
import { sha256 } from '../../../protocols/sha256.ts'
import { sampleTitle } from './sample-title.ts'
import type { FastifyInstance } from 'fastify'
import type { CID } from 'multiformats/cid'
import type { Sample } from './sample-title.ts'

function sectionOf (title: string): string {
  const docs = readFileSync(new URL('../../../docs/http.md', import.meta.url), 'utf8')
  return docs.split(/^## /m).find(section => section.startsWith(title)) ?? ''
}

describe('daemon/http/gateway', () => {
  let sample: Sample
  let app: FastifyInstance
  before(async () => {
    sample = await sampleTitle()
    app = gateway({ host: '127.0.0.1', port: 0 })(sample.components).app
    await app.ready()
  })
  after(async () => { await app.close() })

  const get = async (url: string, headers: Record<string, string> = {}) =>
    await app.inject({ url, headers })
  const hls = (file: string) => `/hls/${sample.content}/128k/${file}`

  it('serves playlists any player reads', async () => {
    const master = await get(`/hls/${sample.content}/master.m3u8`)
    expect(master.headers['content-type']).to.equal('application/vnd.apple.mpegurl')
    expect(master.headers['cache-control']).to.match(/^public, max-age=300, stale-while-revalidate/)
    expect(master.body).to.match(/^#EXTM3U\n/).and.to.contain('128k/index.m3u8')
    const media = await get(hls('index.m3u8'))
    expect(media.body).to.contain('#EXT-X-MAP:URI="init.mp4"').and.to.contain('\n1.m4s\n')
  })

  it('has what a playlist leads to got at once, and nothing for who only looks', async () => {
    const primed: string[] = []
    const retrieval = {
      ...sample.components.retrieval,
      prime: (content: CID, rendition: string, { client }: { client: string }) => {
        primed.push(`${content} ${rendition} ${client}`)
      }
    }
    const other = gateway({ host: '127.0.0.1', port: 0 })({ ...sample.components, retrieval }).app
    for (const path of [`/content/${sample.content}`, `/songs/${sample.content}`]) {
      await other.inject(path)
    }
    expect(primed).to.deep.equal([])
    await other.inject(`/hls/${sample.content}/master.m3u8`)
    await other.inject(hls('index.m3u8'))
    expect(primed).to.deep.equal(Array(2).fill(`${sample.content} 128k 127.0.0.1`))
    await other.close()
  })

  it('lets caches keep what has a name of its own only shortly, and renew it behind', async () => {
    for (const path of ['/songs', '/hls/my%20song/master.m3u8', '/songs/my%20song']) {
      const { headers, statusCode } = await get(path)
      expect([statusCode, headers['cache-control']]).to.deep.equal([
        200, 'public, max-age=5, stale-while-revalidate=3600, stale-if-error=86400'
      ])
    }
  })

  it('serves an MPD over the same files', async () => {
    const mpd = await get(`/dash/${sample.content}/manifest.mpd`)
    expect(mpd.headers['content-type']).to.equal('application/dash+xml')
    expect(mpd.body).to.contain('A &#60;sample&#62; &#38; more')
  })

  it('serves segments and the init section whole, and says how they came', async () => {
    const segment = await get(hls('1.m4s'))
    expect(segment.statusCode).to.equal(200)
    expect(segment.rawPayload.equals(sample.segments[1]!)).to.equal(true)
    expect(segment.headers).to.include({
      'content-type': 'audio/mp4',
      'content-length': '2500',
      etag: `"${sample.segmentCids[1]}"`,
      'cache-control': 'public, max-age=31536000, immutable',
      'accept-ranges': 'bytes',
      'cdnd-source': 'peer',
      'cdnd-sources': 'peer=2500',
      'cdnd-path': 'n%C3%A4me,b',
      'cdnd-hops': '2',
      'cdnd-rtt-ms': '12.3'
    })
    const init = await get(hls('init.mp4'))
    expect(init.rawPayload.equals(sample.init)).to.equal(true)
  })

  it('names as source the kind most bytes came from', () => {
    const of = (source: 'peer' | 'edge', bytes: number, path: string[]) =>
      ({ source, bytes, path, elapsedMs: 1 })
    const headers = deliveryHeaders([of('edge', 10, ['e']), of('peer', 4096, ['a', 'b'])])
    expect(headers).to.deep.equal({
      'cdnd-source': 'peer',
      'cdnd-sources': 'peer=4096,edge=10',
      'cdnd-path': 'a,b',
      'cdnd-hops': '2'
    })
    expect(deliveryHeaders([])).to.deep.equal({})
  })

  it('serves a segment by its ID, its CID and its alias', async () => {
    for (const url of [
      `/segments/${sample.content}/128k/1`,
      `/segments/${sample.segmentCids[1]}`,
      '/hls/my%20song/128k/1.m4s'
    ]) {
      const answer = await get(url)
      expect(answer.rawPayload.equals(sample.segments[1]!), url).to.equal(true)
    }
  })

  it('serves a file of no title by its CID, and its blocks as that file\'s', async () => {
    const bytes = Uint8Array.of(1, 2, 3)
    const cid = await cidOf(bytes, sha256)
    const lost = await get(`/segments/${cid}`)
    expect(lost.json()).to.include({ error: 'ContentNotFoundError' })
    expect(lost.json().message).to.contain('no title known').and.to.contain(`nobody has ${cid}`)
    await sample.store.put(cid, bytes)
    for (const url of [`/segments/${cid}`, `/blocks/${cid}?content=${cid}`]) {
      const answer = await get(url)
      expect([...answer.rawPayload], url).to.deep.equal([1, 2, 3])
      expect(answer.headers['cdnd-source']).to.equal('peer')
    }
  })

  it('tells listeners of one rendition apart by their address', async () => {
    const clients: unknown[] = []
    const { retrieval } = sample.components
    const { app } = gateway({ host: '127.0.0.1', port: 0 })({
      ...sample.components,
      retrieval: {
        ...retrieval,
        hasSessions: true,
        segment: async (content, rendition, number, options) => {
          clients.push(options?.client)
          return await retrieval.segment(content, rendition, number, options)
        }
      }
    })
    for (const remoteAddress of ['10.0.0.1', '10.0.0.2', '10.0.0.1']) {
      await app.inject({ url: hls('0.m4s'), remoteAddress })
    }
    await app.close()
    expect(clients).to.deep.equal(['10.0.0.1', '10.0.0.2'])
  })

  it('serves one block of a segment by its CID', async () => {
    const { blocks } = await sample.manifest.index('128k').segment(1)
    const answer = await get(`/segments/${blocks[1]!.cid}`)
    expect(answer.rawPayload.equals(sample.segments[1]!.subarray(1000, 2000))).to.equal(true)
  })

  it('serves ranges across blocks', async () => {
    const answer = await get(hls('1.m4s'), { range: 'bytes=900-2100' })
    expect(answer.statusCode).to.equal(206)
    expect(answer.headers['content-range']).to.equal('bytes 900-2100/2500')
    expect(answer.headers['content-length']).to.equal('1201')
    expect(answer.rawPayload.equals(sample.segments[1]!.subarray(900, 2101))).to.equal(true)
  })

  it('refuses a range past the end with the size', async () => {
    const answer = await get(hls('1.m4s'), { range: 'bytes=2500-' })
    expect(answer.statusCode).to.equal(416)
    expect(answer.headers['content-range']).to.equal('bytes */2500')
    expect(answer.json().error).to.equal('RangeNotSatisfiableError')
  })

  it('sends the whole when If-Range names another version', async () => {
    const etag = `"${sample.segmentCids[1]}"`
    const range = 'bytes=0-9'
    expect((await get(hls('1.m4s'), { range, 'if-range': etag })).statusCode).to.equal(206)
    expect((await get(hls('1.m4s'), { range, 'if-range': '"other"' })).statusCode).to.equal(200)
  })

  it('answers 304 to a client that has the file, without fetching it', async () => {
    const etag = `"${sample.segmentCids[1]}"`
    const fetches = sample.hold.signals.length
    for (const known of [etag, `W/${etag}`, `"a", ${etag}`, '*']) {
      const answer = await get(hls('1.m4s'), { 'if-none-match': known })
      expect(answer.statusCode, known).to.equal(304)
      expect(answer.body).to.equal('')
      expect(answer.headers.etag).to.equal(etag)
    }
    expect(sample.hold.signals.length).to.equal(fetches)
  })

  it('answers HEAD with the headers of GET and no body, without fetching', async () => {
    const fetches = sample.hold.signals.length
    const head = await app.inject({ method: 'HEAD', url: hls('1.m4s') })
    expect(head.statusCode).to.equal(200)
    expect(head.headers['content-length']).to.equal('2500')
    expect(head.body).to.equal('')
    expect(sample.hold.signals.length).to.equal(fetches)
    const master = await app.inject({ method: 'HEAD', url: `/hls/${sample.content}/master.m3u8` })
    expect(master.body).to.equal('')
    expect(Number(master.headers['content-length'])).to.be.above(100)
  })

  it('serves a block of its own store alone, and any block with its title', async () => {
    const { blocks } = await sample.manifest.index('128k').segment(0)
    const local = await get(`/blocks/${blocks[0]!.cid}`)
    expect(local.rawPayload.equals(sample.segments[0]!)).to.equal(true)
    expect(local.headers['cdnd-source']).to.equal('local')
    expect(local.headers['content-type']).to.equal('application/vnd.ipld.raw')
    const fetched = await get(`/blocks/${blocks[0]!.cid}?content=${sample.content}`)
    expect(fetched.headers['cdnd-source']).to.equal('peer')
    const missing = await get(`/blocks/${await cidOf(Uint8Array.of(1), sha256)}`)
    expect(missing.statusCode).to.equal(404)
    expect(missing.json().message).to.contain('add ?content=<content ID>')
  })

  it('answers 304 for a block by its name alone', async () => {
    const cid = await cidOf(Uint8Array.of(9), sha256)
    const answer = await get(`/blocks/${cid}`, { 'if-none-match': `"${cid}"` })
    expect(answer.statusCode).to.equal(304)
  })

  it('lists a title and its segments, and its manifest', async () => {
    const song = (await get(`/songs/${sample.content}`)).json()
    expect(song).to.include({ id: String(sample.content), alias: 'my song', durationMs: 20_000 })
    expect(song.segments['128k'][1])
      .to.include({ id: `${sample.content}/128k/1`, blocks: 3, held: 3, size: 2500 })
    const manifest = (await get(`/content/${sample.content}`)).json()
    expect(manifest.id).to.equal(String(sample.content))
    expect(manifest.signature).to.match(/^[0-9a-f]{128}$/)
    expect(manifest.renditions[0].init.cid).to.match(/^bafk/)
    expect((await get('/songs')).json()).to.deep.equal([])
  })

  it('tells of itself and its metrics', async () => {
    expect((await get('/health')).json().status).to.equal('ok')
    expect((await get('/name')).json().network).to.equal('test')
    expect((await get('/metrics')).body).to.equal('cdnd_up 1\n')
  })

  const NOT_FOUND = ['/', '/nothing', '/hls', '/songs/unknown', '/hls/unknown/master.m3u8']
  for (const url of NOT_FOUND) {
    it(`answers 404 as JSON to ${url}`, async () => {
      const answer = await get(url)
      expect(answer.statusCode).to.equal(404)
      expect(answer.json()).to.have.keys('error', 'message')
    })
  }

  it('answers 404 to what the title does not have, and to unknown titles', async () => {
    const unknown = await cidOf(Uint8Array.of(1), sha256, 0x71)
    for (const url of [
      hls('2.m4s'), hls('x.txt'), hls('01.m4s'), `/hls/${sample.content}/64k/0.m4s`,
      `/hls/${sample.content}/64k/index.m3u8`, `/songs/${unknown}`, `/segments/${unknown}`,
      `/blocks/${unknown}?content=${sample.content}`
    ]) expect((await get(url)).statusCode, url).to.equal(404)
  })

  it('answers 400 to malformed names', async () => {
    const raw = await cidOf(Uint8Array.of(1), sha256)
    for (const url of [
      '/blocks/garbage', '/blocks/bafkreigarbage', `/blocks/${raw}?content=x`,
      `/blocks/${raw}?content=a&content=b`, '/segments/a/b/c/d', '/segments/garbage',
      `/segments/${sample.content}/128k/-1`, `/segments/${sample.content}/../0`,
      `/hls/${raw}/master.m3u8`, '/hls/bafyreigarbagegarbagegarbage/master.m3u8'
    ]) {
      const answer = await get(url)
      expect(answer.statusCode, url).to.equal(400)
      expect(answer.json()).to.have.keys('error', 'message')
    }
  })

  it('answers 4xx as JSON to traversal, encoded slashes, NUL and long paths', async () => {
    for (const url of [
      '/blocks/..%2f..%2fetc%2fpasswd', '/hls/..%2f..%2fetc/master.m3u8', '/hls/a%00b/master.m3u8',
      '/segments/../../etc/passwd', '/segments/%2e%2e/%2e%2e/etc', '/hls/%zz/master.m3u8',
      '/songs/%ff', '/blocks/', `/songs/${'a'.repeat(600)}`, `/${'a/'.repeat(3000)}`,
      '/hls//master.m3u8'
    ]) {
      const answer = await get(url)
      expect(answer.statusCode, url).to.be.within(400, 499)
      expect(answer.json(), url).to.have.keys('error', 'message')
    }
  })

  it('answers 405 with the methods there are', async () => {
    for (const method of ['POST', 'PUT', 'DELETE', 'PATCH'] as const) {
      const answer = await app.inject({ method, url: '/songs' })
      expect(answer.statusCode).to.equal(405)
      expect(answer.headers.allow).to.equal('GET, HEAD')
      expect(answer.json().error).to.equal('MethodNotAllowedError')
    }
  })

  it('lets any page read, with the cdnd headers exposed', async () => {
    const answer = await get(hls('0.m4s'), { origin: 'https://page.example' })
    expect(answer.headers['access-control-allow-origin']).to.equal('*')
    expect(answer.headers['access-control-expose-headers']).to.equal('*')
    const preflight = await app.inject({
      method: 'OPTIONS',
      url: hls('0.m4s'),
      headers: { origin: 'https://page.example', 'access-control-request-method': 'GET' }
    })
    expect(preflight.statusCode).to.equal(204)
    expect(preflight.headers['access-control-allow-methods']).to.equal('GET, HEAD')
    expect(preflight.headers['access-control-allow-headers']).to.contain('prefer')
  })

  it('counts answers by route pattern, not by path', () => {
    expect(sample.answered).to.include('gateway /hls/:id/:rendition/:file 200 2500')
    expect(sample.answered).to.include('gateway /hls/:id/:rendition/:file 206 1201')
    expect(sample.answered.some(line => line.startsWith('gateway unmatched 404'))).to.equal(true)
    expect(sample.answered.join()).not.to.contain('bafy')
  })

  it('refuses media while too much of it waits to be read', async () => {
    const full = gateway({ host: '127.0.0.1', port: 0, maxOutgoingBytes: 0 })(sample.components)
    const answer = await full.app.inject(hls('0.m4s'))
    expect(answer.statusCode).to.equal(503)
    expect(answer.headers['retry-after']).to.equal('1')
    expect(answer.json().error).to.equal('OverloadedError')
    await full.app.close()
  })

  it('has every route docs/http.md lists', async () => {
    const paged = gateway({ host: '127.0.0.1', port: 0 })({
      ...sample.components, pages: { trackers: [] }
    })
    for (const url of ['/listen/', '/player/none.txt']) await paged.app.inject(url)
    await paged.app.close()
    const rows = sectionOf('Gateway').matchAll(/^\| `(\/[^`]+)` \|/gm)
    const urls = [...rows].map(([, url]) => url!.replaceAll(/\{(\w+)\}/g, ':$1'))
    expect(urls).to.have.length(14)
    const served = (url: string) => sample.answered.some(line => line.includes(` ${url} `))
    expect(urls.filter(url => !served(url))).to.deep.equal([])
  })

  it('limits the requests of one address', async () => {
    const init = { host: '127.0.0.1', port: 0, requestsPerMinute: 2 }
    const limited = gateway(init)(sample.components)
    const statuses: number[] = []
    for (let n = 0; n < 3; n++) statuses.push((await limited.app.inject('/name')).statusCode)
    expect(statuses).to.deep.equal([200, 200, 429])
    const answer = await limited.app.inject('/name')
    expect(answer.json()).to.include({ error: 'RateLimitedError' })
    expect(answer.headers['retry-after']).to.match(/^\d+$/)
    await limited.app.close()
  })
})
