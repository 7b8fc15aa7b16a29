import { once } from 'node:events'
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate as immediate } from 'node:timers/promises'
import { expect } from 'chai'
import fc from 'fast-check'
import { control, gateway, type HttpServer } from '../../../daemon/http/index.ts'
import { AddressInUseError, InvalidConfigError } from '../../../protocols/errors.ts'
import { createControlClient } from '../../../protocols/control/client.ts'
import { sampleTitle } from './sample-title.ts'
import type { ControlApi } from '../../../daemon/http/index.ts'
import type { Sample } from './sample-title.ts'

const LOCAL = { host: '127.0.0.1', port: 0 }

/** Sends raw bytes, and gives back all that came until the other end closed. */
async function raw (url: string, bytes: string | Uint8Array): Promise<string> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  let answer = ''
  socket.on('data', chunk => { answer += chunk.toString('latin1') })
  socket.on('error', () => {}) // A reset ends it too.
  socket.write(bytes)
  await once(socket, 'close')
  return answer
}

/** Resolves once `isSo`, or fails the test by its timeout. */
async function until (isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise(resolve => setTimeout(resolve, 5))
}

/** MiB, of a body that is refused long before. */
const MANY = 1024

describe('daemon/http/gateway on a socket', () => {
  let sample: Sample
  let server: HttpServer
  before(async () => {
    sample = await sampleTitle()
    server = gateway({ ...LOCAL, headersTimeoutMs: 300 })(sample.components)
    await server.start()
  })
  after(async () => { await server.stop() })
  const isAlive = async () => (await fetch(`${server.url()}/health`)).ok

  it('serves a segment to a real client', async () => {
    const answer = await fetch(`${server.url()}/segments/${sample.content}/128k/1`)
    expect(Buffer.from(await answer.arrayBuffer()).equals(sample.segments[1]!)).to.equal(true)
  })

  it('answers random bytes with a 400 or an end, and lives on', async () => {
    const garbage = fc.uint8Array({ minLength: 1, maxLength: 300 })
    await fc.assert(fc.asyncProperty(garbage, async bytes => {
      const answer = await raw(server.url(), Buffer.concat([bytes, Buffer.from('\r\n\r\n')]))
      expect(answer).to.match(/^$|^HTTP\/1\.1 4\d\d /)
    }), { numRuns: 40 })
    expect(await isAlive()).to.equal(true)
  })

  it('answers headers that are too large with 431', async () => {
    const answer = await raw(server.url(), `GET / HTTP/1.1\r\nx: ${'a'.repeat(20_000)}\r\n\r\n`)
    expect(answer).to.match(/^HTTP\/1\.1 431 /).and.to.contain('"error":"HeadersTooLargeError"')
  })

  it('refuses a body of 10 GB before it comes', async () => {
    const head = 'POST /segments HTTP/1.1\r\nhost: a\r\ncontent-length: 10737418240\r\n\r\n'
    const answer = await raw(server.url(), head)
    expect(answer).to.match(/^HTTP\/1\.1 413 /).and.to.contain('"error":"BodyTooLargeError"')
    const get = await raw(server.url(), head.replace('POST', 'GET'))
    expect(get).to.match(/^HTTP\/1\.1 413 /)
  })

  it('ends a connection whose headers do not come', async () => {
    expect(await raw(server.url(), 'GET / HTTP/1.1\r\nx-slow: ')).to.match(/^HTTP\/1\.1 408 /)
  })

  it('refuses paths that climb, sent as they are', async () => {
    const answer = await raw(server.url(), [
      'GET /hls/../../../etc/passwd HTTP/1.1', 'host: a', 'connection: close', '', ''
    ].join('\r\n'))
    expect(answer).to.match(/^HTTP\/1\.1 40[04] /).and.to.contain('"error":')
  })

  it('stops a fetch when its client goes away', async () => {
    let release = () => {}
    sample.hold.until = new Promise(resolve => { release = resolve })
    sample.hold.signals.length = 0
    const leaves = new AbortController()
    const answer = fetch(`${server.url()}/segments/${sample.content}/128k/0`, {
      signal: leaves.signal
    }).catch(() => 'aborted')
    await until(() => sample.hold.signals.length === 1)
    expect(sample.hold.signals[0]!.aborted).to.equal(false)
    leaves.abort()
    expect(await answer).to.equal('aborted')
    await until(() => sample.hold.signals[0]!.aborted)
    release()
    sample.hold.until = undefined
    expect(await isAlive()).to.equal(true)
  })

  it('names setting, host and port when the port is taken', async () => {
    const port = Number(new URL(server.url()).port)
    const second = gateway({ ...LOCAL, port })(sample.components)
    const err = await second.start().catch((err: unknown) => err)
    expect(err).to.be.instanceOf(AddressInUseError)
    expect((err as Error).message).to.match(/^gateway\.port: .* 127\.0\.0\.1:\d+: .*--gateway-port/)
    await second.stop()
  })

  it('says that the machine has no such address', async () => {
    const other = gateway({ host: '203.0.113.1', port: 0 })(sample.components)
    const err = await other.start().catch((err: unknown) => err)
    expect(err).to.be.instanceOf(InvalidConfigError)
    expect((err as Error).message).to.contain('no such address')
    await other.stop()
  })

  it('starts and stops twice without harm', async () => {
    const twice = gateway(LOCAL)(sample.components)
    await twice.start()
    await twice.start()
    await twice.stop()
    await twice.stop()
  })
})

describe('daemon/http/server with readers that do not read', () => {
  const SIZE = 8 * 1024 * 1024
  let sample: Sample
  let server: HttpServer
  beforeEach(async () => {
    sample = await sampleTitle()
    const bytes = new Uint8Array(SIZE)
    sample.components.retrieval.segment = async (_, __, number, { onBlock } = {}) => {
      onBlock?.({ bytes, delivery: { source: 'edge', path: [], elapsedMs: 1, bytes: SIZE } })
      return { chunks: [bytes], size: SIZE, cid: sample.segmentCids[number]!, deliveries: [] }
    }
    const init = { ...LOCAL, maxOutgoingBytes: SIZE, idleTimeoutMs: 400 }
    server = gateway(init)(sample.components)
    await server.start()
  })
  afterEach(async () => { await server.stop() })

  for (const [how, name, value] of [
    ['whole', 'prefer', 'cdnd-whole'], ['while they come', 'te', 'trailers']
  ] as const) {
    it(`refuses others while answers sent ${how} fill memory, then drops the idle`, async () => {
      const path = `/segments/${sample.content}/128k/0`
      const lazy = connect(Number(new URL(server.url()).port), '127.0.0.1')
      lazy.on('error', () => {}) // The reset that is waited for.
      lazy.pause()
      lazy.write(`GET ${path} HTTP/1.1\r\nhost: a\r\n${name}: ${value}\r\n\r\n`)
      for (const awaited of [503, 200]) {
        let status = 0
        while (status !== awaited) {
          const headers = { prefer: 'cdnd-whole' }
          const answer = await fetch(`${server.url()}${path}`, { headers })
          status = answer.status
          await answer.arrayBuffer()
        }
      }
      lazy.destroy()
    })
  }
})

describe('daemon/http/control on a socket', () => {
  let folder: string
  let sample: Sample
  let api: ControlApi
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'cdnd-control-'))
    sample = await sampleTitle()
    const gatewayUrl = () => 'http://127.0.0.1:1'
    api = control({ ...LOCAL, data: folder, role: 'peer', gatewayUrl })(sample.components)
    await api.start()
  })
  afterEach(async () => {
    await api.stop()
    await rm(folder, { recursive: true })
  })
  const call = async (path: string, headers: Record<string, string>, method = 'GET') =>
    await fetch(`${api.url()}${path}`, { method, headers })

  it('writes where it listens for programs of this user, and removes it at the end', async () => {
    const path = join(folder, 'control.json')
    expect(JSON.parse(await readFile(path, 'utf8'))).to.deep.equal({
      url: api.url(), pid: process.pid, role: 'peer', gateway: 'http://127.0.0.1:1'
    })
    expect((await stat(path)).mode & 0o777).to.equal(0o600)
    await api.stop()
    expect(await stat(path).catch(() => 'gone')).to.equal('gone')
  })

  it('answers the client that finds it by its data folder', async () => {
    const client = await createControlClient({ data: folder })
    expect(await client.peers()).to.deep.equal([])
    expect((await client.addSegment(Uint8Array.of(1, 2, 3))).size).to.equal(3)
    await client.pin(String(sample.content))
    await client.shutdown()
    expect(sample.calls).to.deep.equal([`pin ${sample.content}`, 'shutdown'])
  })

  it('answers 401 without the token and 403 to a web page', async () => {
    const authorization = `Bearer ${api.token}`
    const none = await call('/peers', {})
    expect(none.status).to.equal(401)
    expect(none.headers.get('www-authenticate')).to.equal('Bearer')
    expect((await call('/peers', { authorization: 'Bearer x' })).status).to.equal(401)
    expect((await call('/peers', { authorization })).status).to.equal(200)
    const page = await call('/shutdown', { authorization, origin: 'https://evil.example' }, 'POST')
    expect(page.status).to.equal(403)
    expect(page.headers.get('access-control-allow-origin')).to.equal(null)
    expect(sample.calls).to.deep.equal([])
  })

  it('answers 403 to a host name that resolves to this machine', async () => {
    const answer = await raw(api.url(), [
      'GET /peers HTTP/1.1', 'host: evil.example', `authorization: Bearer ${api.token}`,
      'connection: close', '', ''
    ].join('\r\n'))
    expect(answer).to.match(/^HTTP\/1\.1 403 /).and.to.contain('"error":"ForbiddenError"')
  })

  it('refuses a body of 10 GB before it comes', async () => {
    const answer = await raw(api.url(), [
      'POST /segments HTTP/1.1', 'host: 127.0.0.1', `authorization: Bearer ${api.token}`,
      'content-length: 10737418240', '', ''
    ].join('\r\n'))
    expect(answer).to.match(/^HTTP\/1\.1 413 /)
  })

  it('takes 64 KiB of JSON and 64 MiB of a segment', async () => {
    const authorization = `Bearer ${api.token}`
    const post = async (path: string, type: string, size: number) =>
      await fetch(`${api.url()}${path}`, {
        method: 'POST',
        body: new Uint8Array(size),
        headers: { authorization, 'content-type': type }
      }).then(({ status }) => status, () => 'closed')
    expect(await post('/publish', 'application/json', 70_000)).to.be.oneOf([413, 'closed'])
    expect(await post('/segments', 'application/octet-stream', 2_000_000)).to.equal(201)
  })

  it('stops reading an endless body of unknown length', async () => {
    let sent = 0
    const body = new ReadableStream({
      // Gives the socket a turn, and has an end: fetch may read on when nobody takes it any more.
      pull: async out => {
        await immediate()
        if (++sent < MANY) out.enqueue(new Uint8Array(1024 * 1024))
        else out.close()
      }
    })
    const answer = await fetch(`${api.url()}/segments`, {
      method: 'POST',
      body,
      duplex: 'half',
      headers: {
        authorization: `Bearer ${api.token}`, 'content-type': 'application/octet-stream'
      }
    } as RequestInit).then(({ status }) => status, () => 'closed')
    expect(answer).to.be.oneOf([413, 'closed'])
    expect(sent).to.be.lessThan(MANY)
    expect((await call('/peers', { authorization: `Bearer ${api.token}` })).status).to.equal(200)
  })
})
