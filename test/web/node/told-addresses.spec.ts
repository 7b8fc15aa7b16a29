import { expect } from 'chai'
import { multiaddr } from '@multiformats/multiaddr'
import {
  isForPages, isRelayOnly, toldAddresses
} from '../../../web/node/swarm/told-addresses.ts'

const HASH = 'certhash/uEiAkH5a4DPGKUuOBjYw0CgwjvcJCJMD2K_1aluKR_tpevQ'
const RELAY = 'p2p/12D3KooWGRUPvVJNYaJjBnVCoZLEwHkcmhL8CzCpVWCPJT2WoZCz'
const TCP = `/ip4/10.0.0.1/tcp/1/${RELAY}/p2p-circuit`
const DIRECT = `/ip4/10.0.0.1/udp/1/webrtc-direct/${HASH}/${RELAY}/p2p-circuit`
const WS = `/dns4/a.example/tcp/443/tls/ws/${RELAY}/p2p-circuit`

const told = (isForDaemons: boolean, ...addresses: string[]): string[] =>
  toldAddresses(addresses.map(text => multiaddr(text)), isForDaemons).map(String)

describe('web/node/swarm/told-addresses', () => {
  it('tells pages where they can leave an offer', () => {
    expect(told(false, `${TCP}/webrtc`, `${DIRECT}/webrtc`, `${WS}/webrtc`, DIRECT))
      .to.deep.equal([`${DIRECT}/webrtc`, `${WS}/webrtc`])
  })

  it('tells daemons one relay besides, unless the page hides from them', () => {
    const all = [TCP, TCP.replace('0.1', '0.2'), `${DIRECT}/webrtc`, DIRECT]
    expect(told(true, ...all)).to.deep.equal([`${DIRECT}/webrtc`, TCP])
    expect(told(false, ...all)).to.deep.equal([`${DIRECT}/webrtc`])
  })

  it('takes few places in a record', () => {
    const many = Array.from({ length: 20 }, (_, i) => `${WS}/webrtc`.replace('443', `${i + 1}`))
    expect(told(true, ...many, ...many.map(text => text.replace('/webrtc', ''))))
      .to.have.length(5)
  })

  it('knows what a browser can dial', () => {
    const direct = DIRECT.replace('/p2p-circuit', '')
    expect([direct, WS.replace('/p2p-circuit', ''), TCP.replace('/p2p-circuit', ''), WS]
      .map(text => isForPages(multiaddr(text)))).to.deep.equal([true, true, false, false])
    expect([TCP, `${TCP}/webrtc`, direct].map(text => isRelayOnly(multiaddr(text))))
      .to.deep.equal([true, false, false])
  })
})
