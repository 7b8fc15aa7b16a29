import { expect } from 'chai'
import fastify, { type FastifyInstance } from 'fastify'
import { multiaddr } from '@multiformats/multiaddr'
import { joinRoutes, type JoinRoutesInit } from '../../bootstrap/join-routes.ts'
import { PeerRegistry } from '../../bootstrap/peer-registry.ts'
import { BootstrapTracker } from '../../bootstrap/tracker.ts'
import { contentNamed, NETWORK, NOW, testNode } from '../protocols/tracker/nodes.ts'

const content = contentNamed('a')
const PAGE = 'a-page-by-chance'

async function openApp (init: Partial<JoinRoutesInit> = {}) {
  const tracker = new BootstrapTracker(
    { store: new PeerRegistry(), clock: () => NOW }, { network: NETWORK }
  )
  const { peer } = await testNode(9)
  const certificate = 'certhash/uEiAkH5a4DPGKUuOBjYw0CgwjvcJCJMD2K_1aluKR_tpevQ'
  const addresses = [
    '/ip4/10.0.0.1/tcp/4483', `/ip4/10.0.0.1/udp/4483/webrtc-direct/${certificate}`,
    '/ip4/10.0.0.1/tcp/4484/ws', '/dns4/a.example/tcp/443/tls/ws',
    `/ip4/10.0.0.1/tcp/1/ws/p2p/${peer}/p2p-circuit`
  ].map(text => multiaddr(text))
  const app: FastifyInstance = fastify()
  const host = { peerId: peer, getMultiaddrs: () => addresses }
  await app.register(joinRoutes({ host, tracker, clock: () => NOW }, {
    network: NETWORK, region: 'eu', stun: [], turn: [], ...init
  }))
  return { app, tracker, peer }
}

describe('bootstrap/join-routes', () => {
  it('tells any page how a browser comes into the swarm', async () => {
    const { app, peer } = await openApp({ stun: ['stun:a.example'] })
    const answer = await app.inject('/join')
    expect(answer.headers['access-control-allow-origin']).to.equal('*')
    const { addresses, ...rest } = answer.json()
    expect(rest).to.deep.equal({
      network: NETWORK,
      peer: peer.toString(),
      region: 'eu',
      iceServers: [{ urls: ['stun:a.example'] }]
    })
    expect(addresses.map((text: string) => text.replace(/.*\/(webrtc-direct|ws)\b.*/, '$1')))
      .to.deep.equal(['webrtc-direct', 'ws', 'ws'])
  })

  it('counts who plays a title in the swarm, and who waits for enough of them', async () => {
    const { app, tracker } = await openApp()
    const { signer, peer } = await testNode(1)
    const viewers = async (query = '') => (await app.inject(`/viewers/${content}${query}`)).json()
    expect(await viewers()).to.deep.equal({ viewers: 0 })
    await tracker.submit('heartbeat', await signer.heartbeat(), { peer })
    await tracker.lookup(content, { peer })
    expect(await viewers()).to.deep.equal({ viewers: 1 })
    expect(await viewers(`?page=${PAGE}`)).to.deep.equal({ viewers: 2 })
    expect(await viewers(`?page=${PAGE}`)).to.deep.equal({ viewers: 2 })
    const joined = (await app.inject(`/join?content=${content}&page=${PAGE}`)).json()
    expect(joined.viewers).to.equal(1)
  })

  it('takes a farewell without a preflight, and the page is in no room any more', async () => {
    const { app, tracker } = await openApp()
    const { signer, peer } = await testNode(1)
    await tracker.submit('heartbeat', await signer.heartbeat(), { peer })
    await tracker.lookup(content, { peer })
    const farewell = (payload: Uint8Array) => app.inject({
      method: 'POST',
      url: '/farewell',
      payload: Buffer.from(payload),
      headers: { 'content-type': 'text/plain' }
    })
    expect((await farewell(await signer.leave())).json()).to.deep.equal({ known: true })
    expect((await app.inject(`/viewers/${content}`)).json()).to.deep.equal({ viewers: 0 })
    expect((await farewell(await signer.heartbeat())).statusCode).to.equal(400)
    expect((await farewell(new Uint8Array(70_000))).statusCode).to.equal(413)
  })

  it('refuses what is no title, and no number by chance', async () => {
    const { app } = await openApp({ addressRate: { perSecond: 1, burst: 5 } })
    const urls = [
      '/join?content=x', '/viewers/x', `/viewers/${content}?page=x`, '/join?page=a&page=b'
    ]
    const answers = await Promise.all(urls.map(url => app.inject(url)))
    expect(answers.map(({ statusCode }) => statusCode)).to.deep.equal([400, 400, 400, 400])
    await app.inject('/join')
    expect((await app.inject('/join')).statusCode).to.equal(429)
  })
})
