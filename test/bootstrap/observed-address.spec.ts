import { multiaddr } from '@multiformats/multiaddr'
import { expect } from 'chai'
import { assertObserved } from '../../bootstrap/observed-address.ts'
import type { NodeRecord } from '../../protocols/tracker/index.ts'
import { testNode } from '../protocols/tracker/nodes.ts'

const { peer, description } = await testNode(1)
const other = (await testNode(2)).peer

function judged (
  addresses: string[], observedIp?: string, overrides: Partial<NodeRecord> = {}
): string {
  const record = { ...description, peer, seq: 1, issuedAtMs: 1, addresses: addresses.map(
    text => multiaddr(text)
  ), ...overrides }
  try {
    assertObserved(record, observedIp)
    return 'taken'
  } catch (err) {
    return (err as Error & { reason: string }).reason
  }
}

describe('bootstrap/observed-address', () => {
  it('takes the public address a node speaks from, with any port', () => {
    expect(
      judged(['/ip4/8.8.4.4/tcp/1', '/ip4/8.8.4.4/udp/2/webrtc-direct'], '8.8.4.4')
    ).to.equal('taken')
    expect(judged(['/ip4/8.8.4.4/tcp/1'], '::ffff:8.8.4.4')).to.equal('taken')
  })

  it('refuses a public address the node does not speak from', () => {
    expect(judged(['/ip4/8.8.4.4/tcp/1', '/ip4/1.1.1.1/tcp/1'], '8.8.4.4')).to.equal('address')
  })

  it('takes private and loopback addresses: a LAN has no others', () => {
    expect(
      judged(['/ip4/127.0.0.1/tcp/1', '/ip4/192.168.1.2/tcp/1', '/ip6/::1/tcp/1'], '8.8.4.4')
    ).to.equal('taken')
  })

  it('cannot judge a node on its own LAN or host, and takes its word', () => {
    expect(judged(['/ip4/8.8.4.4/tcp/1'], '127.0.0.1')).to.equal('taken')
    expect(judged(['/ip4/8.8.4.4/tcp/1'], '192.168.1.2')).to.equal('taken')
  })

  it('takes a few addresses of the other IP family, not a list of victims', () => {
    const v6 = Array.from({ length: 5 }, (_, i) => `/ip6/2600:1f00::${i + 1}/tcp/1`)
    expect(judged(v6.slice(0, 4), '8.8.4.4')).to.equal('taken')
    expect(judged(v6, '8.8.4.4')).to.equal('address')
    expect(judged(['/ip6/2600:1f00::1/tcp/1'], '2600:1f00:0:0::1')).to.equal('taken')
    expect(judged(['/ip6/2600:1f00::2/tcp/1'], '2600:1f00:0:0::1')).to.equal('address')
  })

  it('takes a relay’s address, which is not the node’s', () => {
    expect(judged([`/ip4/1.1.1.1/tcp/1/p2p/${other}/p2p-circuit`], '8.8.4.4')).to.equal('taken')
  })

  it('refuses a public address from behind a relay: it cannot be seen', () => {
    expect(judged(['/ip4/8.8.4.4/tcp/1'], undefined)).to.equal('address')
  })

  it('takes a DNS name from an edge, not from a listener', () => {
    expect(judged(['/dns4/victim.example/tcp/1'], '8.8.4.4')).to.equal('address')
    expect(judged(['/dns4/edge.example/tcp/1'], '8.8.4.4', { role: 'edge' })).to.equal('taken')
  })

  it('holds an HTTP source to the same rules', () => {
    const edge = (http: string) => judged([], '8.8.4.4', { role: 'edge', http })
    expect(edge('http://8.8.4.4:80')).to.equal('taken')
    expect(edge('http://1.1.1.1')).to.equal('address')
    expect(edge('http://[2600:1f00::1]:80')).to.equal('taken')
    expect(edge('https://edge.example')).to.equal('taken')
    expect(edge('http://127.0.0.1:80')).to.equal('taken')
  })
})
