import { once } from 'node:events'
import { connect } from 'node:net'
import { expect } from 'chai'
import { gateway, type HttpServer } from '../../../daemon/http/index.ts'
import { Switch } from '../../../origin/switch/switch.ts'
import { type Sample, sampleTitle } from './sample-title.ts'

describe('daemon/http/admit on a socket', () => {
  let sample: Sample
  let server: HttpServer
  let gate: Switch
  /** Looks for a manifest: first the switch's, then the route's. */
  let looks: Array<{ end: () => void, signal: AbortSignal | undefined }>

  beforeEach(async () => {
    sample = await sampleTitle('local')
    looks = []
    const { retrieval } = sample.components
    sample.components.retrieval = {
      ...retrieval,
      manifest: async (content, options) => {
        const { promise, resolve: end } = Promise.withResolvers<void>()
        looks.push({ end, signal: options?.signal })
        await promise
        return await retrieval.manifest(content, options)
      }
    }
    const providers = { holders: () => [], isHere: () => true, follow: () => {} }
    gate = new Switch(
      { providers, clock: () => performance.now(), random: () => 0.5 },
      { floor: 4, ceiling: 4, reserved: 0.25, fewHolders: 2 })
    server = gateway({ host: '127.0.0.1', port: 0 })({ ...sample.components, admission: gate })
    await server.start()
  })
  afterEach(async () => { await server.stop() })

  it('keeps no slot and fetches nothing for a client that went before it was let in', async () => {
    const closed = once(server.app.server, 'connection').then(async ([socket]) => {
      await once(socket, 'close')
    })
    const client = connect(Number(new URL(server.url()).port), '127.0.0.1')
    client.write(`GET /hls/${sample.content}/128k/0.m4s HTTP/1.1\r\n` +
      'host: a\r\ncdnd-client: test\r\n\r\n')
    await until(() => looks.length === 1)
    client.destroy()
    await closed
    expect(looks[0]!.signal?.aborted).to.equal(true)
    looks[0]!.end()
    await until(() => looks.length === 2)
    expect(gate.status().inFlight).to.equal(0)
    expect(looks[1]!.signal?.aborted).to.equal(true)
    looks[1]!.end()
  })
})

async function until (isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise(resolve => { setImmediate(resolve) })
}
