import { expect } from 'chai'
import { multiaddr } from '@multiformats/multiaddr'
import { peerIdFromString } from '@libp2p/peer-id'
import { neighbourViews } from '../../../web/node/swarm/neighbour-views.ts'

const ID = '12D3KooWGRUPvVJNYaJjBnVCoZLEwHkcmhL8CzCpVWCPJT2WoZCz'
const HASH = 'certhash/uEiAkH5a4DPGKUuOBjYw0CgwjvcJCJMD2K_1aluKR_tpevQ'
const DIRECT = `/ip4/10.0.0.1/udp/1/webrtc-direct/${HASH}/p2p/${ID}`
const RELAYED = `${DIRECT}/p2p-circuit/p2p/${ID}`

function viewsOver (...addresses: string[]) {
  const neighbour = {
    peer: peerIdFromString(ID),
    hello: { role: 'peer', region: 'eu' },
    rttMs: undefined,
    receivedBytes: 3,
    sentBytes: 4
  }
  const connections = addresses.map(text => ({
    remoteAddr: multiaddr(text), limits: text === RELAYED ? {} : undefined
  }))
  return neighbourViews(
    { neighbours: () => [neighbour] as never }, { getConnections: () => connections as never })
}

describe('web/node/swarm/neighbour-views', () => {
  it('tells who somebody is and what passed, and no address', () => {
    const [view] = viewsOver(DIRECT)
    expect(view).to.deep.equal({
      id: ID,
      name: 'JT2WoZCz',
      role: 'peer',
      region: 'eu',
      receivedBytes: 3,
      sentBytes: 4,
      transport: 'webrtc-direct'
    })
    expect(JSON.stringify(view)).not.to.contain('10.0.0.1')
  })

  it('names the way that blocks take, a direct one where there is one', () => {
    const over = (...addresses: string[]) => viewsOver(...addresses)[0]!.transport
    expect(over(RELAYED)).to.equal('relay')
    expect(over(RELAYED, `${DIRECT}/p2p-circuit/webrtc/p2p/${ID}`)).to.equal('webrtc')
    expect(over('/dns4/a.example/tcp/443/tls/ws')).to.equal('websocket')
  })
})
