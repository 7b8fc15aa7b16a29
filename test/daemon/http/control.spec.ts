import { readFileSync } from 'node:fs'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import Fastify from 'fastify'
import { assertMayControl } from '../../../daemon/http/control-guard.ts'
import { readRoutes, titleRoutes, workRoutes } from '../../../daemon/http/control-routes.ts'
import { limitsRoutes } from '../../../daemon/http/limits-routes.ts'
import { isAuthorized, openControlToken } from '../../../daemon/http/control-token.ts'
import { sendError } from '../../../daemon/http/error-response.ts'
import { routingRoutes } from '../../../daemon/http/routing-routes.ts'
import { ForbiddenError, InvalidMediaError, UnauthorizedError } from '../../../protocols/errors.ts'
import { sampleTitle } from './sample-title.ts'
import type { FastifyInstance, InjectOptions } from 'fastify'
import type { PublishRequest } from '../../../protocols/control/index.ts'
import type { Sample } from './sample-title.ts'

const TOKEN = 'a'.repeat(64)
const AUTHORIZED = { host: '127.0.0.1:8490', authorization: `Bearer ${TOKEN}` }

describe('daemon/http/control-guard', () => {
  const refused = (headers: Record<string, string | undefined>) =>
    expect(() => assertMayControl({ ...AUTHORIZED, ...headers }, TOKEN))

  it('passes programs that know the token, under any loopback name', () => {
    for (const host of ['127.0.0.1:1', 'localhost:8490', '[::1]:8490', '127.9.9.9', 'LOCALHOST']) {
      refused({ host }).not.to.throw()
    }
  })

  it('refuses a missing, wrong or misspelt token', () => {
    for (const authorization of [undefined, '', TOKEN, `bearer ${TOKEN}`, `Bearer ${TOKEN}x`,
      `Bearer ${'b'.repeat(64)}`]) refused({ authorization }).to.throw(UnauthorizedError)
  })

  it('refuses a host name that only resolves to this machine', () => {
    for (const host of ['evil.example', '127.0.0.1.evil.example', 'localhost.evil.example', '',
      undefined, '10.0.0.1:8490', 'localhost:80@evil.example']) {
      refused({ host }).to.throw(ForbiddenError)
    }
  })

  it('refuses web pages, those of this machine too, even with the token', () => {
    for (const origin of ['https://evil.example', 'http://127.0.0.1:8490', 'null']) {
      refused({ origin }).to.throw(ForbiddenError)
    }
    refused({ 'sec-fetch-site': 'cross-site' }).to.throw(ForbiddenError)
    refused({ 'sec-fetch-site': 'same-origin' }).to.throw(ForbiddenError)
  })
})

describe('daemon/http/control-token', () => {
  let folder: string
  beforeEach(async () => { folder = await mkdtemp(join(tmpdir(), 'cdnd-token-')) })
  afterEach(async () => { await rm(folder, { recursive: true }) })

  it('makes a token of 32 bytes only its owner reads, and keeps it', async () => {
    const token = await openControlToken(join(folder, 'data'))
    expect(token).to.match(/^[0-9a-f]{64}$/)
    expect((await stat(join(folder, 'data/control.token'))).mode & 0o777).to.equal(0o600)
    expect(await openControlToken(join(folder, 'data'))).to.equal(token)
    expect(isAuthorized(`Bearer ${token}`, token)).to.equal(true)
  })
})

describe('daemon/http/control-routes', () => {
  let sample: Sample
  let app: FastifyInstance
  beforeEach(async () => {
    sample = await sampleTitle()
    app = Fastify()
    app.setErrorHandler((err, _request, reply) => sendError(reply, err))
    for (const routes of [readRoutes, routingRoutes, titleRoutes, limitsRoutes, workRoutes]) {
      await routes(sample.components)(app)
    }
  })
  afterEach(async () => { await app.close() })
  const call = async (options: InjectOptions) => await app.inject(options)

  it('has every route docs/http.md lists', () => {
    const docs = readFileSync(new URL('../../../docs/http.md', import.meta.url), 'utf8')
    const section = docs.slice(docs.indexOf('## Control API'))
    const rows = [...section.matchAll(/^\| `(GET|PUT|POST|PATCH|DELETE) (\/[^`]+)` \|/gm)]
    const missing = rows.map(([, method, url]) => ({
      method: method as 'GET', url: url!.replaceAll(/\{(\w+)\}/g, ':$1')
    })).filter(route => !app.hasRoute(route))
    expect(rows).to.have.length(18)
    expect(missing).to.deep.equal([])
  })

  it('answers with what the node says', async () => {
    for (const url of ['/peers', '/peers/ranked', '/rtt', '/titles']) {
      expect((await call({ url })).json()).to.deep.equal([])
    }
  })

  it('changes limits, and refuses what is no limit without changing any', async () => {
    const patch = async (payload: object) =>
      await call({ method: 'PATCH', url: '/limits', payload })
    expect((await patch({ rate: '2MB/s', parallel: 8 })).json())
      .to.include({ uploadBytesPerSecond: 2e6, parallel: 8 })
    expect((await call({ url: '/limits' })).json()).to.include({ uploadBytesPerSecond: 2e6 })
    for (const wrong of [{ rate: 'fast' }, { burst: '1MB' }, { rate: ['2MB/s'] }, {}, []]) {
      const refused = await patch(wrong)
      expect(refused.statusCode).to.equal(400)
      expect(refused.json().error).to.equal('InvalidArgumentError')
    }
    expect((await call({ url: '/limits' })).json()).to.include({ uploadBytesPerSecond: 2e6 })
  })

  it('keeps the text of an unforeseen failure to itself', async () => {
    const answer = await call({ url: '/status' })
    expect(answer.statusCode).to.equal(500)
    expect(answer.json().error).to.equal('InternalError')
    expect(answer.body).not.to.contain('secret')
  })

  it('changes a title by ID or alias', async () => {
    const id = String(sample.content)
    for (const [method, url] of [
      ['DELETE', `/titles/${id}`], ['PUT', `/titles/${id}/pin`],
      ['DELETE', '/titles/my%20song/pin'], ['POST', `/titles/${id}/announce`]
    ] as const) expect((await call({ method, url })).json()).to.deep.equal({ id })
    expect(sample.calls)
      .to.deep.equal([`remove ${id}`, `pin ${id}`, `unpin ${id}`, `announce ${id}`])
  })

  it('answers 404 for a title it does not have', async () => {
    expect((await call({ url: `/titles/${sample.content}` })).statusCode).to.equal(404)
    expect((await call({ url: '/titles/unknown' })).statusCode).to.equal(404)
  })

  it('fetches a segment and reports how each block came', async () => {
    const report = (await call({ url: `/request/${sample.content}/128k/1` })).json()
    expect(report).to.include({ cid: String(sample.segmentCids[1]), size: 2500 })
    expect(report.deliveries).to.have.length(3)
    expect(report.deliveries[0]).to.include({ source: 'peer', hops: 2, bytes: 1000 })
  })

  it('has the node keep posted bytes, and says who heard of them', async () => {
    const headers = { 'content-type': 'application/octet-stream' }
    const body = Buffer.alloc(600_000, 7)
    const added = await call({ method: 'POST', url: '/segments', headers, body })
    expect(added.statusCode).to.equal(201)
    expect(added.json()).to.deep.include({ size: 600_000, announced: ['tracker'] })
  })

  it('announces and drops a file by its CID, and pins none', async () => {
    const [file] = sample.segmentCids
    await call({ method: 'POST', url: `/titles/${file}/announce` })
    await call({ method: 'DELETE', url: `/titles/${file}` })
    expect(sample.calls).to.deep.equal([`announce ${file}`, `remove ${file}`])
    const pinned = await call({ method: 'PUT', url: `/titles/${file}/pin` })
    expect(pinned.json()).to.include({ error: 'InvalidArgumentError' })
  })

  it('takes bytes of any type for a segment, and refuses none at all', async () => {
    const headers = { 'content-type': 'video/mp4' }
    const answer = await call({ method: 'POST', url: '/segments', headers, body: 'abc' })
    expect(answer.json()).to.include({ size: 3 })
    const empty = await call({ method: 'POST', url: '/segments' })
    expect(empty.statusCode).to.equal(400)
    expect(empty.json().message).to.contain('application/octet-stream')
  })

  it('ends after the answer to shutdown', async () => {
    expect((await call({ method: 'POST', url: '/shutdown' })).statusCode).to.equal(202)
    expect(sample.calls).to.deep.equal(['shutdown'])
  })

  describe('publish', () => {
    const publish = async (body: unknown) =>
      await call({ method: 'POST', url: '/publish', body: body as object })
    const asked: PublishRequest[] = []
    beforeEach(() => {
      sample.components.actions.publish = async function * (request) {
        asked.push(request)
        yield { stage: 'transcode', percent: 50 }
        throw new InvalidMediaError('the file is empty')
      }
    })

    it('streams progress, and a failure as the last line', async () => {
      const answer = await publish({ path: '/music/a.flac', bitrates: ['64k'] })
      expect(answer.headers['content-type']).to.equal('application/x-ndjson')
      expect(answer.body.trim().split('\n').map(line => JSON.parse(line))).to.deep.equal([
        { stage: 'transcode', percent: 50 },
        { stage: 'failed', error: 'InvalidMediaError', message: 'the file is empty' }
      ])
      expect(asked.at(-1)).to.deep.equal({ path: '/music/a.flac', bitrates: ['64k'] })
    })

    it('refuses a request of the wrong shape before it begins', async () => {
      for (const body of [{}, { path: 'a.flac' }, { path: '/a', more: 1 }, { path: '/a\0' }]) {
        const answer = await publish(body)
        expect(answer.statusCode).to.equal(400)
        expect(answer.json().error).to.equal('InvalidArgumentError')
      }
    })

    it('says who publishes when this node does not', async () => {
      delete sample.components.actions.publish
      expect((await publish({ path: '/a' })).json().message).to.contain('cdnd origin')
    })
  })
})
