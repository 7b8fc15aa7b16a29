import type { Connection, PeerId } from '@libp2p/interface'
import { type Multiaddr, multiaddr } from '@multiformats/multiaddr'
import { expect } from 'chai'
import { punch } from '../../../protocols/nat/punch.ts'
import { PunchPort } from '../../../protocols/nat/punch-port.ts'
import { somePeer } from '../../daemon/retrieval/fake-exchange.ts'

const peer = await somePeer(1)
const at = (n: number) => `/ip4/45.45.1.${n}/tcp/50123/p2p/${peer}`
const made = { status: 'open' } as Connection

/** Dials end as told, by turns; without more to tell they hang until the signal aborts. */
function rig (...ends: Array<Connection | Error>) {
  const port = new PunchPort({ anchors: [] })
  const dials: Array<[string, unknown, unknown]> = []
  const connections: Connection[] = []
  const dial = async (address: Multiaddr, options: Record<string, unknown>) => {
    dials.push([`${address}`, options.localPort, options.initiator])
    const end = ends.shift()
    if (end instanceof Error) throw end
    if (end != null) return end
    const signal = options.signal as AbortSignal
    return await new Promise<never>((_resolve, reject) => {
      signal.addEventListener('abort', () => { reject(signal.reason) })
    })
  }
  const components = {
    connectionManager: { getConnections: (id: PeerId) => id.equals(peer) ? connections : [] },
    transportManager: { dial: dial as never }
  }
  const go = (addresses: string[], timeoutMs = 1000) => punch(
    components, port, addresses.map(text => multiaddr(text)),
    { signal: AbortSignal.timeout(timeoutMs), initiator: false })
  return { port, dials, connections, go }
}

describe('protocols/nat/punch', () => {
  it('dials from the port, and says who of both answers', async () => {
    const { port, dials, go } = rig(made)
    expect(await go([at(2)])).to.equal(made)
    expect(dials).to.deep.equal([[at(2), port.local, false]])
  })

  it('knocks at two doors at most, and only where TCP leads to somebody named', async () => {
    const { dials, go } = rig()
    await go([
      '/ip4/45.45.1.1/tcp/1', `/ip4/45.45.1.1/udp/1/webrtc-direct/p2p/${peer}`,
      `/ip4/45.45.1.1/tcp/1/p2p/${peer}/p2p-circuit/p2p/${peer}`, at(2), at(3), at(4)
    ], 5).catch(() => {})
    expect(dials.map(([address]) => address)).to.deep.equal([at(2), at(3)])
  })

  it('takes a direct connection that comes another way', async () => {
    const { dials, connections, go } = rig()
    const direct = { status: 'open' } as Connection
    connections.push({ status: 'open', limits: {} } as Connection, direct)
    expect(await go([at(2)])).to.equal(direct)
    expect(dials).to.deep.equal([])
  })

  it('ends with the time it has', async () => {
    const { go } = rig(new Error('refused'))
    expect(await go([at(2)], 5).catch((err: Error) => err.name)).to.equal('AggregateError')
  })
})
