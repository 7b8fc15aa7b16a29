import { type Multiaddr, multiaddr } from '@multiformats/multiaddr'
import { expect } from 'chai'
import { reachStatus } from '../../daemon/reach-status.ts'
import type { Host } from '../../protocols/host.ts'
import { somePeer } from './retrieval/fake-exchange.ts'

const relay = `${await somePeer(1)}`

describe('daemon/reach-status', () => {
  const status = (addresses: string[], services: unknown) => reachStatus({
    getMultiaddrs: (): Multiaddr[] => addresses.map(text => multiaddr(text)),
    services: services as Host['services']
  })

  it('names each relay that leads to a peer once', () => {
    const via = (port: number) => `/ip4/45.45.0.1/tcp/${port}/p2p/${relay}/p2p-circuit`
    const reachability = { reach: { state: 'nat', seenAt: '45.45.1.2' } }
    expect(status([via(1), via(2), '/ip4/192.168.1.2/tcp/1'], { reachability }))
      .to.deep.equal({ state: 'nat', seenAt: '45.45.1.2', relays: [relay] })
  })

  it('takes servers for ones that can be dialled', () => {
    expect(status(['/ip4/45.45.0.1/tcp/1'], {})).to.deep.equal({ state: 'direct', relays: [] })
  })
})
