import { expect } from 'chai'
import fastify, { type FastifyInstance } from 'fastify'
import { PeerRegistry } from '../../bootstrap/peer-registry.ts'
import { BootstrapTracker } from '../../bootstrap/tracker.ts'
import { trackerRoutes } from '../../bootstrap/tracker-routes.ts'
import { refuseLargeBody } from '../../daemon/http/refuse.ts'
import { blockNamed, contentNamed, NETWORK, NOW, testNode } from '../protocols/tracker/nodes.ts'

const content = contentNamed('a')
const titles = [
  { content, renditions: [{ rendition: '128k', held: 3, blocks: 10 }], segments: [blockNamed('s')] }
]
const type = 'application/vnd.ipld.dag-cbor'

async function openApp (
  addressRate?: { perSecond: number, burst: number }
): Promise<FastifyInstance> {
  const tracker = new BootstrapTracker(
    { store: new PeerRegistry(), clock: () => NOW }, { network: NETWORK }
  )
  const app = fastify()
  refuseLargeBody(app) // As a daemon's listener does.
  await app.register(trackerRoutes(tracker, { addressRate }))
  return app
}

const post = async (
  app: FastifyInstance, path: string, body: Uint8Array | string, contentType = type
) =>
  await app.inject({
    method: 'POST', url: path, payload: Buffer.from(body), headers: { 'content-type': contentType }
  })

describe('bootstrap/tracker-routes', () => {
  it('takes an announce and answers a lookup in words and envelopes', async () => {
    const app = await openApp()
    const { signer, peer } = await testNode(1, { role: 'origin', http: 'http://127.0.0.1:80' })
    const announced = await post(app, '/announce', await signer.announce(titles))
    expect([announced.statusCode, announced.json()]).to.deep.equal([200, { known: false }])
    const { providers } = (await app.inject(`/providers/${content}?region=eu`)).json()
    expect(providers[0]).to.deep.include({
      peer: `${peer}`, role: 'origin', region: 'eu', addresses: [
        '/ip4/127.0.0.1/tcp/4001'
      ], http: 'http://127.0.0.1:80'
    })
    expect((await app.inject('/sources')).json().providers).to.have.length(1)
    const resolved = (await app.inject(`/segments/${blockNamed('s')}`)).json()
    expect([resolved.content, resolved.providers.length]).to.deep.equal([`${content}`, 1])
    expect((await app.inject(`/segments/${content}/128k/0`)).json().content).to.equal(`${content}`)
    expect((await app.inject('/healthz')).json()).to.include(
      { status: 'ok', nodes: 1, titles: 1, segments: 1 }
    )
    await post(app, '/withdraw', await signer.withdraw([content]))
    expect((await app.inject(`/providers/${content}`)).json().providers).to.deep.equal([])
    expect(
      (await post(app, '/heartbeat', await signer.heartbeat())).json()
    ).to.deep.equal({ known: true })
    expect((await post(app, '/leave', await signer.leave())).json()).to.deep.equal({ known: true })
    expect((await app.inject('/sources')).json().providers).to.deep.equal([])
  })

  it('names what was wrong, with a status', async () => {
    const app = await openApp()
    const { signer } = await testNode(1)
    const announce = await signer.announce(titles)
    await post(app, '/announce', announce)
    const answers = [
      await post(app, '/announce', announce),
      await post(app, '/leave', await signer.heartbeat()),
      await post(app, '/announce', 'random bytes'),
      await post(app, '/announce', '{}', 'application/json'),
      await post(app, '/announce', new Uint8Array(64 * 1024 + 1)),
      await app.inject('/providers/not-a-cid'),
      await app.inject(`/providers/${content}?region=${'x'.repeat(65)}`),
      await app.inject(`/providers/${content}?region=a&region=b`),
      await app.inject(`/segments/${blockNamed('unknown')}`)
    ]
    expect(
      answers.map(answer => [answer.statusCode, answer.json().error, answer.json().reason])
    ).to.deep.equal([
      [403, 'RecordRefusedError', 'sequence'],
      [400, 'InvalidMessageError', undefined],
      [400, 'InvalidMessageError', undefined],
      [415, 'InvalidMessageError', undefined],
      [413, 'RecordRefusedError', 'too-large'],
      [400, 'InvalidCidError', undefined],
      [400, 'InvalidArgumentError', undefined],
      [400, 'InvalidArgumentError', undefined],
      [404, 'ContentNotFoundError', undefined]
    ])
  })

  it('refuses a body by the length it announces, and waits for none of it', async () => {
    const app = await openApp()
    const { signer } = await testNode(1)
    const answer = await app.inject({
      method: 'POST',
      url: '/announce',
      payload: await signer.announce(titles),
      headers: { 'content-type': type, 'content-length': '10737418240' }
    })
    expect([answer.statusCode, answer.json().reason, answer.headers.connection])
      .to.deep.equal([413, 'too-large', 'close'])
  })

  it('slows down who asks too often', async () => {
    const app = await openApp({ perSecond: 1, burst: 2 })
    const statuses = []
    for (let i = 0; i < 3; i++) {
      statuses.push((await app.inject('/sources')).statusCode)
    }
    expect(statuses).to.deep.equal([200, 200, 429])
    const limited = await app.inject('/sources')
    expect(limited.json().error).to.equal('RateLimitedError')
    expect(limited.headers).to.have.property('retry-after')
  })
})
