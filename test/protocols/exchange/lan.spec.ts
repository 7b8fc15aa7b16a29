import { multiaddr } from '@multiformats/multiaddr'
import { expect } from 'chai'
import { isOnLan } from '../../../protocols/exchange/lan.ts'

const NEAR = [
  '/ip4/127.3.0.1/tcp/1', '/ip4/10.255.0.1/tcp/1', '/ip4/192.168.1.2/udp/1/quic-v1',
  '/ip4/172.16.0.1/tcp/1', '/ip4/172.31.255.255/tcp/1', '/ip4/169.254.1.1/tcp/1',
  '/ip6/::1/tcp/1', '/ip6/fd12:3456::1/tcp/1', '/ip6/fe80::1/tcp/1'
]
const FAR = [
  '/ip4/1.10.0.1/tcp/1', '/ip4/172.15.0.1/tcp/1', '/ip4/172.32.0.1/tcp/1', '/ip4/192.169.0.1/tcp/1',
  '/ip4/100.64.0.1/tcp/1', '/ip4/11.127.0.1/tcp/1', '/ip6/2001:db8::1/tcp/1',
  '/ip6/64:ff9b::a00:1/tcp/1', '/dns4/localhost/tcp/1', '/memory/10.0.0.1'
]

describe('protocols/exchange/lan', () => {
  it('knows private, link-local and loopback addresses', () => {
    expect(NEAR.filter(address => !isOnLan(multiaddr(address)))).to.deep.equal([])
  })

  it("takes public, carriers' and named addresses as far", () => {
    expect(FAR.filter(address => isOnLan(multiaddr(address)))).to.deep.equal([])
  })
})
