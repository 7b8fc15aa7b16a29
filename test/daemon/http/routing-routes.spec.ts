import { expect } from 'chai'
import Fastify from 'fastify'
import { sendError } from '../../../daemon/http/error-response.ts'
import { routingRoutes } from '../../../daemon/http/routing-routes.ts'
import type { Routes } from '../../../daemon/routing/index.ts'
import type { RouteReport } from '../../../protocols/control/index.ts'
import { nameNumbered } from '../routing/link-states.ts'

const [NEAR, FAR, STRANGER, NOBODY] = [1, 2, 3, 4].map(nameNumbered) as [
  string, string, string, string
]
const ROWS: RouteReport[] = [
  { peer: NEAR, role: 'peer', region: 'eu', nextHop: NEAR, hops: 1, pathMs: 9, measuredMs: 9 },
  { peer: FAR, nextHop: NEAR, hops: 2, pathMs: 40, estimatedMs: 30, basis: 'coordinates' }
]
const ROUTES: Routes = {
  rows: () => ROWS,
  routeTo: peer => peer === FAR ? { hops: [NEAR], rttMs: 40 } : { hops: [], rttMs: 9 },
  estimate: peer => peer === STRANGER ? { rttMs: 70, basis: 'coordinates' } : undefined
}

async function get (url: string, routes?: Routes): Promise<{ status: number, body: unknown }> {
  const app = Fastify()
  app.setErrorHandler((err, _request, reply) => sendError(reply, err))
  await routingRoutes(routes == null ? {} : { routes })(app)
  const { statusCode, body } = await app.inject({ url })
  await app.close()
  return { status: statusCode, body: JSON.parse(body) as unknown }
}

describe('daemon/http/routing-routes', () => {
  it('lists the nodes known', async () => {
    expect(await get('/routes', ROUTES)).to.deep.equal({ status: 200, body: ROWS })
  })

  it('tells of one of them who would relay', async () => {
    expect((await get(`/routes?to=${FAR}`, ROUTES)).body)
      .to.deep.equal({ ...ROWS[1], relays: [NEAR] })
    expect((await get(`/routes?to=${NEAR}`, ROUTES)).body)
      .to.deep.equal({ ...ROWS[0], relays: [] })
  })

  it('estimates a node of which only the place is known', async () => {
    expect((await get(`/routes?to=${STRANGER}`, ROUTES)).body)
      .to.deep.equal({ peer: STRANGER, estimatedMs: 70, basis: 'coordinates', relays: [] })
  })

  it('says what is wrong: no peer ID, nobody known, another question', async () => {
    for (const [url, status, error] of [
      ['/routes?to=nobody', 400, 'InvalidArgumentError'],
      ['/routes?to=a&to=b', 400, 'InvalidArgumentError'],
      ['/routes?from=a', 400, 'InvalidArgumentError'],
      [`/routes?to=${NOBODY}`, 404, 'PeerNotFoundError']
    ] as const) {
      const answer = await get(url, ROUTES)
      expect(answer.status, url).to.equal(status)
      expect(answer.body).to.include({ error })
    }
  })

  it('says that routing is off where it is', async () => {
    const { status, body } = await get('/routes')
    expect(status).to.equal(501)
    expect(body).to.include({ error: 'RoutingOffError' })
  })
})
