import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect } from 'chai'
import { createHttpFetch } from '../../daemon/http-fetch.ts'
import { readBounded } from '../../daemon/retrieval/bounded-body.ts'

type Handler = (request: IncomingMessage, response: ServerResponse) => void

describe('daemon/http-fetch', () => {
  const fetch = createHttpFetch()
  let server: Server
  let url: string
  let connections: number

  async function serve (handler: Handler): Promise<void> {
    connections = 0
    server = createServer(handler).on('connection', () => { connections++ })
    await new Promise<void>(resolve => { server.listen(0, '127.0.0.1', resolve) })
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/x`
  }

  afterEach(() => {
    server.closeAllConnections()
    server.close()
  })

  const ask = (init: { method?: string, signal?: AbortSignal } = {}) =>
    fetch(url, { redirect: 'error', signal: AbortSignal.timeout(5000), ...init })
  const read = async () => await readBounded(await ask(), 1e6)
  const failure = (work: Promise<unknown>): Promise<Error> =>
    work.then(() => { throw new Error('it did not fail') }, err => err as Error)

  it('asks one after the other over one connection, side by side over as many', async () => {
    await serve((_request, response) => { response.end(Buffer.alloc(300_000, 7)) })
    for (let n = 0; n < 5; n++) {
      expect(await read()).to.have.length(300_000)
    }
    expect(connections).to.equal(1)
    for (let n = 0; n < 3; n++) {
      await Promise.all(Array.from({ length: 4 }, read))
    }
    expect(connections).to.equal(4)
  })

  it('keeps the connection of a HEAD, and of a short answer that nobody reads', async () => {
    await serve((_request, response) => {
      response.writeHead(404, { 'content-length': 8 }).end('not here')
    })
    await ask({ method: 'HEAD' })
    for (let n = 0; n < 3; n++) {
      const { status, body, headers } = await ask()
      expect([status, headers.get('content-length'), headers.get('x')])
        .to.deep.equal([404, '8', null])
      await body!.cancel()
    }
    expect(connections).to.equal(1)
  })

  it('fails as fetch does: at once with the signal, else with a TypeError', async () => {
    await serve((request, response) => {
      if (request.method === 'PUT') response.writeHead(302, { location: '/y' }).end()
      else response.writeHead(200, { 'content-length': 10 }).write('abc')
      if (request.method === 'GET') setImmediate(() => { response.destroy() })
    })
    expect((await failure(read())).name).to.equal('TypeError')
    expect((await failure(ask({ method: 'PUT' }))).message).to.include('redirect')
    const leaving = new AbortController()
    const { body } = await ask({ method: 'POST', signal: leaving.signal })
    const reader = body!.getReader()
    await reader.read()
    leaving.abort()
    await failure(reader.read())
    expect((await failure(ask({ signal: leaving.signal }))).name).to.equal('AbortError')
    server.close()
    server.closeAllConnections()
    const refused = await failure(ask())
    expect(refused.name).to.equal('TypeError')
    expect((refused.cause as Error).message).to.include('ECONNREFUSED')
  })

  it('asks again when the server had closed the connection that was free', async () => {
    let requests = 0
    await serve(({ socket }, response) => {
      if (++requests === 2) socket.resetAndDestroy()
      else response.end('abc')
    })
    await read()
    expect(await read()).to.have.length(3)
    expect(connections).to.equal(2)
  })
})
