/**
 * The control client against answers made in memory.
 */

import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'chai'
import { createControlClient } from '../../../protocols/control/client.ts'
import type { ControlClient } from '../../../protocols/control/client.ts'
import { CONTROL_FILE } from '../../../protocols/control/index.ts'
import { type DataFolder, dataFolder } from './data-folder.ts'

type Answer = (request: Request) => Response | Promise<Response>

describe('protocols/control/client', () => {
  let folder: DataFolder

  beforeEach(async () => { folder = await dataFolder() })
  afterEach(async () => { await folder[Symbol.asyncDispose]() })

  const clientOf = (answer: Answer, timeoutMs = 1000): Promise<ControlClient> =>
    createControlClient({ data: folder.path, timeoutMs, fetchTimeoutMs: timeoutMs }, {
      fetch: async (url, init) => await answer(new Request(String(url), init))
    })

  it('sends the token to the control API and keeps it from the gateway', async () => {
    const seen: Array<[string, string | null]> = []
    const client = await clientOf(({ url, headers }) => {
      seen.push([url, headers.get('authorization')])
      return Response.json([])
    })
    await client.peers()
    await client.songs()
    expect(seen).to.deep.equal([
      ['http://127.0.0.1:8490/peers', 'Bearer secret'], ['http://127.0.0.1:8480/songs', null]
    ])
  })

  it('uses the method and path of each call', async () => {
    const seen: string[] = []
    const client = await clientOf(async request => {
      seen.push(`${request.method} ${new URL(request.url).pathname} ${await request.text()}`.trim())
      return Response.json({})
    })
    await client.pin('a b')
    await client.unpin('x')
    await client.remove('x')
    await client.announce('x')
    await client.request('x/128k/0')
    await client.addSegment(new TextEncoder().encode('bytes'))
    await client.shutdown()
    expect(seen).to.deep.equal([
      'PUT /titles/a%20b/pin', 'DELETE /titles/x/pin', 'DELETE /titles/x',
      'POST /titles/x/announce', 'GET /request/x/128k/0', 'POST /segments bytes', 'POST /shutdown'
    ])
  })

  it('throws what the daemon named, with its message and status', async () => {
    const body = { error: 'ContentNotFoundError', message: 'nobody has it' }
    const client = await clientOf(() => Response.json(body, { status: 404 }))
    const error = await failureOf(client.title('x'))
    expect(error).to.include({
      name: 'ContentNotFoundError', message: 'nobody has it', status: 404
    })
  })

  it('says so when what answers is not a daemon', async () => {
    const page = await clientOf(() => new Response('<html>'))
    expect(await failureOf(page.status())).to.include({ name: 'UpstreamError' })
    const refusal = await clientOf(() => new Response('no', { status: 403 }))
    expect(await failureOf(refusal.status()))
      .to.have.property('message').that.contains('answered 403')
  })

  it('says how to start a daemon when none has written where it listens', async () => {
    await rm(join(folder.path, CONTROL_FILE))
    expect(await failureOf(clientOf(() => Response.json({})))).to.include({
      name: 'NoDaemonError',
      message: `no daemon is running on ${folder.path}: start one with "cdnd"`
    })
    await writeFile(join(folder.path, CONTROL_FILE), '{"url": 1}')
    expect(await failureOf(clientOf(() => Response.json({})))).to.include({ name: 'NoDaemonError' })
  })

  it('says how to start a daemon when the one that wrote it is gone', async () => {
    const client = await clientOf(() => { throw new TypeError('fetch failed') })
    expect(await failureOf(client.status())).to.have.property('message')
      .that.equals('no daemon answers at http://127.0.0.1:8490: start one with "cdnd"')
  })

  it('gives up on a daemon that does not answer in time', async () => {
    const client = await clientOf(async ({ signal }) => await never(signal), 5)
    expect(await failureOf(client.status())).to.include({ name: 'DeadlineError' })
  })

  it('gives up on bytes that stop coming', async () => {
    const body = new ReadableStream({ start: controller => controller.enqueue(new Uint8Array(1)) })
    const client = await clientOf(({ signal }) => {
      signal.addEventListener('abort', () => { void body.cancel().catch(() => {}) })
      return new Response(body.pipeThrough(new TransformStream(), { signal }))
    }, 5)
    expect(await failureOf(client.segment('x', { maxBytes: 10 })))
      .to.include({ name: 'DeadlineError' })
  })

  it('says that the daemon ended when its answer has no end', async () => {
    const body = new ReadableStream({
      start (controller) {
        controller.enqueue(new TextEncoder().encode('{"stage":"hash","percent":50}\n'))
      },
      pull (controller) { controller.error(new TypeError('terminated')) }
    })
    const client = await clientOf(() => new Response(body))
    const error = await failureOf(Array.fromAsync(client.publish({ path: '/a' })))
    expect(error).to.have.property('name', 'UpstreamError')
    expect(error).to.have.property('message')
      .that.equals('the daemon at http://127.0.0.1:8490 ended in the middle of its answer')
  })

  it('ends a call with the reason of its signal', async () => {
    const client = await clientOf(async ({ signal }) => await never(signal))
    const signal = AbortSignal.abort(new Error('not any more'))
    expect(await failureOf(client.status({ signal }))).to.include({ message: 'not any more' })
  })

  it('reads media with the sources it came from', async () => {
    const headers = { 'cdnd-sources': 'peer=3,edge=1,nobody=9' }
    const client = await clientOf(() => new Response('four', { headers }))
    const { bytes, sources } = await client.segment('x/128k/0', { maxBytes: 4 })
    expect(new TextDecoder().decode(bytes)).to.equal('four')
    expect(sources).to.deep.equal({ local: 0, peer: 3, edge: 1, origin: 0 })
  })

  it('refuses more bytes than there may be', async () => {
    const client = await clientOf(() => new Response('fivee'))
    expect(await failureOf(client.segment('x', { maxBytes: 4 })))
      .to.include({ name: 'BlockTooLargeError' })
  })

  it('tells the progress of a publication and throws what it failed of', async () => {
    const lines = [
      '{"stage":"hash","percent":50}',
      '{"stage":"failed","error":"DiskFullError","message":"full"}'
    ]
    const client = await clientOf(() => new Response(lines.join('\n')))
    const seen: unknown[] = []
    const error = await failureOf((async () => {
      for await (const progress of client.publish({ path: '/a' })) seen.push(progress)
    })())
    expect(seen).to.deep.equal([{ stage: 'hash', percent: 50 }])
    expect(error).to.include({ name: 'DiskFullError', message: 'full' })
  })
})

async function failureOf (promise: Promise<unknown>): Promise<unknown> {
  return await promise.then(() => { throw new Error('it did not fail') }, (error: unknown) => error)
}

function never (signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    if (signal.aborted) reject(signal.reason)
    signal.addEventListener('abort', () => reject(signal.reason))
  })
}
