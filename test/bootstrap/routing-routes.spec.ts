import { expect } from 'chai'
import fastify, { type FastifyInstance } from 'fastify'
import { PeerRegistry } from '../../bootstrap/peer-registry.ts'
import { routingRoutes } from '../../bootstrap/routing-routes.ts'
import { BootstrapTracker } from '../../bootstrap/tracker.ts'
import { blockNamed, contentNamed, NETWORK, NOW, testNode } from '../protocols/tracker/nodes.ts'

const content = contentNamed('a')
const titles = [
  { content, renditions: [{ rendition: '128k', held: 3, blocks: 10 }], segments: [blockNamed('s')] }
]

describe('bootstrap/routing-routes', () => {
  const rig = async (addressRate?: { perSecond: number, burst: number }) => {
    const tracker = new BootstrapTracker(
      { store: new PeerRegistry(), clock: () => NOW }, { network: NETWORK })
    const app: FastifyInstance = fastify()
    await app.register(routingRoutes(tracker, { addressRate }))
    const { signer, peer } = await testNode(1, { role: 'origin' })
    await tracker.submit('announce', await signer.announce(titles), {})
    const get = async (path: string, accept?: string) => await app.inject({
      url: `/routing/v1/${path}`, headers: accept == null ? {} : { accept }
    })
    const record = {
      Schema: 'peer',
      ID: `${peer}`,
      Addrs: ['/ip4/127.0.0.1/tcp/4001'],
      Protocols: ['/cdnd/exchange/1.0.0']
    }
    return { app, get, peer, record }
  }

  it('names the providers of a title, and of a segment those of its title', async () => {
    const { get, record } = await rig()
    for (const cid of [content, blockNamed('s')]) {
      const answer = await get(`providers/${cid}`)
      expect([answer.statusCode, answer.json()]).to.deep.equal([200, { Providers: [record] }])
      expect(answer.headers['content-type']).to.match(/^application\/json/)
      expect(answer.headers['cache-control']).to.match(/^public, max-age=30, stale/)
      expect(answer.headers.vary).to.match(/accept/i)
      expect(Date.parse(`${answer.headers['last-modified']}`)).to.be.above(0)
    }
  })

  it('gives a line a record to who accepts that, and only to them', async () => {
    const { get, record } = await rig()
    const lines = await get(`providers/${content}`, 'application/x-ndjson, application/json;q=0.8')
    expect(lines.headers['content-type']).to.equal('application/x-ndjson')
    expect(lines.body).to.equal(`${JSON.stringify(record)}\n`)
    expect((await get(`providers/${content}`, '*/*')).headers['content-type'])
      .to.match(/^application\/json/)
  })

  it('finds nobody without an error, and not for long', async () => {
    const { get, peer } = await rig()
    const unknown = (await testNode(9)).peer
    // A CIDv0, one of another hash, a block nobody told of.
    for (const cid of [
      'QmdfTbBqBPQ7VNxZEYEj14VmRuZBkqFbiwReogJgS1zR1n',
      'bafk2bzaceddvoajrv2n7nkjhkgsfljggfyhqk6xnf3gmvuwwv4ggajhzfuxla', blockNamed('unknown')
    ]) {
      const answer = await get(`providers/${cid}`)
      expect([answer.statusCode, answer.body]).to.deep.equal([200, '{"Providers":[]}'], `${cid}`)
      expect(answer.headers['cache-control']).to.match(/max-age=15/)
    }
    expect((await get(`providers/${blockNamed('x')}`, 'application/x-ndjson')).body).to.equal('')
    expect((await get(`peers/${unknown}`)).json()).to.deep.equal({ Peers: [] })
    expect((await get(`peers/${peer}`)).json().Peers).to.have.length(1)
  })

  it('knows a peer by either spelling of its ID', async () => {
    const { get, peer, record } = await rig()
    for (const id of [`${peer}`, `${peer.toCID()}`]) {
      expect((await get(`peers/${id}`)).json()).to.deep.equal({ Peers: [record] })
    }
  })

  it('filters by address and protocol', async () => {
    const { get, record } = await rig()
    expect((await get(`providers/${content}?filter-addrs=tcp`)).json().Providers)
      .to.deep.equal([record])
    for (const filter of ['filter-addrs=!tcp', 'filter-protocols=transport-bitswap']) {
      expect((await get(`providers/${content}?${filter}`)).json().Providers).to.deep.equal([])
    }
  })

  it('answers with the statuses of the specification', async () => {
    const { app, get } = await rig()
    const statuses = async (...paths: string[]) =>
      await Promise.all(paths.map(async path => (await get(path)).statusCode))
    expect(await statuses('providers/not-a-cid', `peers/${content}`, 'peers/x',
      `providers/${content}?filter-addrs=a&filter-addrs=b`))
      .to.deep.equal([422, 422, 422, 422])
    expect(await statuses('nothing', 'ipns/k51', 'dht/closest/peers/k51'))
      .to.deep.equal([400, 501, 501])
    const put = await app.inject({ method: 'PUT', url: '/routing/v1/providers' })
    expect([put.statusCode, put.json().error]).to.deep.equal([501, 'NotImplementedError'])
  })

  it('may be asked from any page, and not too often', async () => {
    const { app, get } = await rig({ perSecond: 1, burst: 3 })
    const asked = await app.inject({
      method: 'OPTIONS',
      url: `/routing/v1/providers/${content}`,
      headers: { origin: 'https://page.example', 'access-control-request-method': 'GET' }
    })
    expect(asked.statusCode).to.equal(204)
    expect(asked.headers['access-control-allow-origin']).to.equal('*')
    const statuses = []
    for (let i = 0; i < 5; i++) statuses.push((await get(`providers/${content}`)).statusCode)
    expect(statuses.slice(-2)).to.deep.equal([429, 429])
    expect(statuses[0]).to.equal(200)
  })
})
