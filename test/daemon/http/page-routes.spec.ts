import { expect } from 'chai'
import fastify, { type FastifyInstance } from 'fastify'
import { pageRoutes } from '../../../daemon/http/page-routes.ts'
import type { WebPage } from '../../../daemon/web-page.ts'

const page = (files: Record<string, string>): WebPage => ({
  file: async (name: string) => files[name] == null
    ? undefined
    : { bytes: Buffer.from(files[name]), type: 'text/plain', etag: `"${name}"` }
}) as WebPage

describe('daemon/http/page-routes', () => {
  let app: FastifyInstance

  before(async () => {
    app = fastify()
    await pageRoutes({ trackers: ['https://meet.example'] }, {
      listen: page({ 'index.html': 'a page', 'main.js': 'its script' }),
      player: page({ 'cdnd-player.js': 'a player' })
    })(app)
  })
  after(async () => { await app.close() })

  const get = async (url: string, headers: Record<string, string> = {}) =>
    await app.inject({ url, headers })

  it('serves the page below its folder, and its script', async () => {
    expect((await get('/listen')).headers.location).to.equal('listen/')
    expect((await get('/listen/')).body).to.equal('a page')
    expect((await get('/listen/main.js')).body).to.equal('its script')
    expect((await get('/player/cdnd-player.js')).body).to.equal('a player')
  })

  it('lets the page run no script but its own', async () => {
    for (const url of ['/listen/', '/listen/main.js']) {
      const policy = (await get(url)).headers['content-security-policy']
      expect(policy).to.include("default-src 'none'").and.to.include("script-src 'self';")
    }
  })

  it('says where listeners meet', async () => {
    expect((await get('/listen/places.json')).json())
      .to.deep.equal({ trackers: ['https://meet.example'] })
  })

  it('sends nothing again to who has it', async () => {
    const etag = '"cdnd-player.js"'
    const { statusCode, body } = await get('/player/cdnd-player.js', { 'if-none-match': etag })
    expect([statusCode, body]).to.deep.equal([304, ''])
  })

  it('has nothing else', async () => {
    for (const url of ['/listen/other.js', '/player/', '/player/main.ts', '/listen/..%2fmain.js']) {
      expect((await get(url)).statusCode, url).to.equal(404)
    }
  })
})
