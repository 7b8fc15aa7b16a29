import { readFileSync } from 'node:fs'
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
    const host = Object.assign(new EventTarget(), {
      handle: async (protocol: string) => { handled.add(protocol) },
      unhandle: async (protocol: string) => { handled.delete(protocol) }
    }) as unknown as Host
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

  it('has every route docs/http.md lists', async () => {
    const docs = readFileSync(new URL('../../docs/http.md', import.meta.url), 'utf8')
    const [, section] = /^## A bootstrap's gateway$([\s\S]*?)^## /m.exec(docs)!
    const rows = [...section!.matchAll(/^\| `(GET|POST|DELETE) (\/[^|]+)` \|/gm)]
    const routes = rows.flatMap(([, method, urls]) => urls!.split('`, `').map(url => ({
      method: method as 'GET', url: url.replaceAll(/\{(\w+)[^}]*\}/g, ':$1')
    })))
    const { services, components } = await rig()
    const app: FastifyInstance = (services.gateway(components) as HttpServer).app
    await app.ready()
    expect(routes).to.have.length(27)
    const known = (route: { method: 'GET', url: string }) => app.hasRoute(route) ||
      app.hasRoute({ ...route, url: route.url.replace(/:\w+$/, '*') })
    expect(routes.filter(route => !known(route))).to.deep.equal([])
    await app.close()
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
