import { expect } from 'chai'
import type { FastifyInstance } from 'fastify'
import { bootstrapServices } from '../../bootstrap/bootstrap-services.ts'
import { loadConfig } from '../../daemon/config.ts'
import type { HttpServer } from '../../daemon/http/index.ts'
import { componentLogger } from '../../daemon/log.ts'
import type { Host } from '../../protocols/host.ts'
import { TRACKER_PROTOCOL } from '../../protocols/tracker/index.ts'
import { sampleTitle } from '../daemon/http/sample-title.ts'

describe('bootstrap/bootstrap-services', () => {
  const rig = async () => {
    const handled = new Set<string>()
    const host = {
      handle: async (protocol: string) => { handled.add(protocol) },
      unhandle: async (protocol: string) => { handled.delete(protocol) }
    } as unknown as Host
    const flags = { role: 'bootstrap', data: '/tmp/none' }
    const { config } = loadConfig({ flags, env: {} })
    const logger = componentLogger({ level: 'silent', json: true, write: () => {} })
    const services = bootstrapServices(config, logger)(host)
    return { handled, services, components: (await sampleTitle()).components }
  }

  it('serves the tracker over libp2p while it runs', async () => {
    const { handled, services } = await rig()
    await services.part.start?.()
    expect([...handled]).to.deep.equal([TRACKER_PROTOCOL])
    await services.part.stop?.()
    expect([...handled]).to.deep.equal([])
  })

  it('serves over HTTP the tracker and the node’s own facts, and no media', async () => {
    const { services, components } = await rig()
    const app: FastifyInstance = (services.gateway(components) as HttpServer).app
    await app.ready()
    const status = async (url: string) => (await app.inject({ url })).statusCode
    expect(await status('/healthz')).to.equal(200)
    expect(await status('/routing/v1/providers/bafkqaaa')).to.equal(200)
    expect(await status('/routing/v1/nothing')).to.equal(400)
    expect(await status('/health')).to.equal(200)
    expect(await status('/metrics')).to.equal(200)
    expect(await status('/hls/my%20song/master.m3u8')).to.equal(404)
    expect(await status('/songs')).to.equal(404)
    await app.close()
  })
})
