import type { Connection, PeerId } from '@libp2p/interface'
import { type Multiaddr, multiaddr } from '@multiformats/multiaddr'
import { expect } from 'chai'
import {
  DirectConnections, type DirectConnectionsComponents
} from '../../daemon/direct-connections.ts'
import { PeerGoneError } from '../../protocols/errors.ts'
import { FakeNeighbour, somePeer } from './retrieval/fake-exchange.ts'
import { spokenLog } from './spoken-log.ts'

const peer = await somePeer(1)
const OURS = ['/ip4/127.0.0.1/tcp/1', '/ip4/192.168.1.2/tcp/1']

type Some = Partial<Pick<Connection, 'direction' | 'limits'>>

async function rig (neighbour: FakeNeighbour | undefined, fails = false) {
  const calls: string[] = []
  const call = async (what: string): Promise<never> => {
    calls.push(what)
    if (fails) throw new PeerGoneError('it is gone')
    return undefined as never
  }
  const connections: Some[] = []
  const host = Object.assign(new EventTarget(), {
    getConnections: () => connections,
    getMultiaddrs: () => OURS.map(text => multiaddr(text)),
    dial: (addresses: Multiaddr[]) => call(`dial ${addresses.map(String).join()}`)
  })
  const events = new EventTarget()
  const { log, lines } = spokenLog()
  const direct = new DirectConnections({
    host: host as unknown as DirectConnectionsComponents['host'],
    exchange: {
      events,
      neighbour: (id: PeerId) => id.equals(peer) ? neighbour : undefined,
      connect: (id, addresses) => call(`connect ${id} ${addresses.length}`)
    },
    log
  })
  direct.start()
  direct.start()
  const connection = (some: Some) => ({ remotePeer: peer, direction: 'outbound', ...some })
  return {
    calls,
    lines,
    connections,
    stop: () => { direct.stop() },
    opened: (some: Some) => {
      host.dispatchEvent(new CustomEvent('connection:open', { detail: connection(some) }))
    },
    identified: (addresses: string[], some: Some = { limits: {} }) => {
      const listenAddrs = addresses.map(text => multiaddr(text))
      const detail = { peerId: peer, listenAddrs, connection: connection(some) }
      host.dispatchEvent(new CustomEvent('peer:identify', { detail }))
    },
    met: () => { events.dispatchEvent(new CustomEvent('open', { detail: neighbour })) }
  }
}

function relayed (): FakeNeighbour {
  const neighbour = new FakeNeighbour(peer)
  neighbour.isLimited = true
  return neighbour
}

describe('daemon/direct-connections', () => {
  it('goes on over the direct connection with who was met through a relay', async () => {
    const { calls, opened } = await rig(relayed())
    opened({})
    expect(calls).to.deep.equal([`connect ${peer} 0`])
  })

  it('leaves it to the other end where that one dialled, and others in peace', async () => {
    const { calls, opened } = await rig(relayed())
    opened({ direction: 'inbound' })
    opened({ limits: {} })
    const direct = await rig(new FakeNeighbour(peer))
    direct.opened({})
    const strange = await rig(undefined)
    strange.opened({})
    expect([...calls, ...direct.calls, ...strange.calls]).to.deep.equal([])
  })

  it('goes on at once when the direct connection was there before the neighbour', async () => {
    const { calls, connections, met } = await rig(relayed())
    connections.push({ limits: {} })
    met()
    expect(calls).to.deep.equal([])
    connections.push({})
    met()
    expect(calls).to.deep.equal([`connect ${peer} 0`])
  })

  it('dials in our LAN whom we met through a relay', async () => {
    const { calls, identified } = await rig(relayed())
    identified(['/ip4/127.0.0.1/tcp/9', '/ip4/192.168.1.7/tcp/9', '/ip4/192.168.2.7/tcp/9'])
    expect(calls).to.deep.equal([`dial /ip4/192.168.1.7/tcp/9/p2p/${peer}`])
  })

  it('dials in the LAN nobody who is elsewhere, met us, or is reached directly', async () => {
    const { calls, identified } = await rig(relayed())
    const near = ['/ip4/192.168.1.7/tcp/9']
    identified(['/ip4/192.168.2.7/tcp/9', `/ip4/192.168.1.9/tcp/9/p2p/${peer}/p2p-circuit`])
    identified(near, { limits: {}, direction: 'inbound' })
    identified(near, {})
    expect(calls).to.deep.equal([])
  })

  it('says what fails, and does nothing once stopped', async () => {
    const { calls, lines, opened, identified, stop } = await rig(relayed(), true)
    opened({})
    identified(['/ip4/192.168.1.7/tcp/9'])
    await new Promise(setImmediate)
    expect(lines.join()).to.match(/could not go on directly .* is not in our LAN/)
    stop()
    opened({})
    identified(['/ip4/192.168.1.7/tcp/9'])
    expect(calls).to.have.length(2)
  })
})
