/**
 * Publishing for a testnet, with an origin that serves a made-up playlist.
 */

import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect } from 'chai'
import type { ControlClient } from '../../protocols/control/client.ts'
import type { PublishProgress } from '../../protocols/control/index.ts'
import { publishTitle } from '../../testnet/published-title.ts'

const PLAYLIST = [
  '#EXTM3U', '#EXT-X-VERSION:7', '#EXT-X-TARGETDURATION:4', '#EXT-X-MAP:URI="init.mp4"',
  '#EXTINF:4,', '0.m4s', '#EXTINF:4,', '1.m4s', '#EXTINF:2,', '2.m4s', '#EXT-X-ENDLIST', ''
].join('\n')
const DONE: PublishProgress = {
  stage: 'done', id: 'bafy', title: 'x', durationMs: 10_000, size: 1, renditions: ['128k', '64k']
}
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

describe('testnet/published-title', () => {
  let server: Server
  let missing: string | undefined
  before(async () => {
    server = createServer(({ url }, answer) => {
      const name = url!.split('/').at(-1)!
      if (name === missing) answer.writeHead(503).end()
      else answer.end(name === 'index.m3u8' ? PLAYLIST : url)
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
  })
  after(() => { server.close() })
  beforeEach(() => { missing = undefined })

  const percents: number[] = []
  const publish = async (progress: PublishProgress[], playMs?: number) => {
    const requests: unknown[] = []
    const control = {
      publish: async function * (request: unknown) {
        requests.push(request)
        yield * progress
      }
    } as unknown as ControlClient
    const gateway = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const title = await publishTitle(control, gateway, '/music/x.ogg', {
      onProgress: percent => { percents.push(percent) },
      signal: new AbortController().signal,
      ...(playMs != null && { playMs })
    })
    expect(requests).to.deep.equal([{ path: '/music/x.ogg' }])
    return title
  }

  it('knows the hash of every file of the first rendition, as the origin serves it', async () => {
    const title = await publish([{ stage: 'transcode', percent: 40 }, DONE])
    const names = ['init.mp4', '0.m4s', '1.m4s', '2.m4s']
    const paths = names.map(name => `/hls/bafy/128k/${name}`)
    expect(title).to.deep.equal({
      id: 'bafy',
      rendition: '128k',
      size: paths.join('').length,
      segments: 3,
      durationMs: 10_000,
      expected: new Map(names.map((name, i) => [name, sha256(paths[i]!)]))
    })
    expect(percents).to.deep.equal([40])
  })

  it('takes no more of a long title than is to be played', async () => {
    const { expected, segments, durationMs } = await publish([DONE], 5_000)
    expect([[...expected.keys()], segments, durationMs])
      .to.deep.equal([['init.mp4', '0.m4s', '1.m4s'], 2, 8_000])
  })

  it('rejects when the origin does not serve what it published', async () => {
    missing = '1.m4s'
    const err = await publish([DONE]).catch((err: Error) => err.message)
    expect(err).to.equal('the origin answered 503 for 1.m4s')
  })

  it('rejects when the origin never says that it is done', async () => {
    const err = await publish([]).catch((err: Error) => err.message)
    expect(err).to.equal('the origin said no end of publishing /music/x.ogg')
  })
})
