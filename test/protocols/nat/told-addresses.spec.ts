import { multiaddr } from '@multiformats/multiaddr'
import { expect } from 'chai'
import { dialOrder, isRelayed, relayOf, toldAddresses } from '../../../protocols/nat/index.ts'
import { somePeer } from '../../daemon/retrieval/fake-exchange.ts'

const [relay, other] = [`${await somePeer(1)}`, `${await somePeer(2)}`]
const PUBLIC = '/ip4/45.45.0.1/tcp/4483'
const LAN = '/ip4/192.168.1.2/tcp/4001'
const LOOPBACK = '/ip4/127.0.0.1/tcp/4001'
const via = (address: string, id = relay) => `${address}/p2p/${id}/p2p-circuit`
const told = (...addresses: string[]) =>
  toldAddresses(addresses.map(text => multiaddr(text))).map(String)
const sorted = (...addresses: string[]) => addresses
  .map(text => ({ multiaddr: multiaddr(text), isCertified: false }))
  .sort(dialOrder).map(address => `${address.multiaddr}`)

describe('protocols/nat/told-addresses', () => {
  it('tells relayed addresses first, so that none is cut off', () => {
    expect(told(LOOPBACK, LAN, via(PUBLIC))).to.deep.equal([via(PUBLIC), LOOPBACK, LAN])
  })

  it('tells of each relay the best of tcp and of what browsers speak', () => {
    const udp = '/ip4/45.45.0.1/udp/4483/webrtc-direct'
    expect(told(via(LOOPBACK), via(udp), via(LAN), via(PUBLIC), via(LAN, other)))
      .to.deep.equal([via(PUBLIC), via(udp), via(LAN, other)])
  })

  it('leaves direct addresses as they are', () => {
    expect(told(LAN, PUBLIC, LOOPBACK)).to.deep.equal([LAN, PUBLIC, LOOPBACK])
  })

  it('dials public addresses, then relayed ones, then private ones, then this machine', () => {
    expect(sorted(LOOPBACK, LAN, via('/ip4/10.0.0.1/tcp/1'), PUBLIC))
      .to.deep.equal([PUBLIC, via('/ip4/10.0.0.1/tcp/1'), LAN, LOOPBACK])
  })

  it('knows the relay of an address, and that a direct one has none', () => {
    const address = multiaddr(`${via(PUBLIC)}/p2p/${other}`)
    expect([isRelayed(address), relayOf(address)]).to.deep.equal([true, relay])
    const direct = multiaddr(`${PUBLIC}/p2p/${other}`)
    expect([isRelayed(direct), relayOf(direct)]).to.deep.equal([false, undefined])
  })
})
