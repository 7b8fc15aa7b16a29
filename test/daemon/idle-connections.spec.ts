import type { PeerId } from '@libp2p/interface'
import { type Multiaddr, multiaddr } from '@multiformats/multiaddr'
import { expect } from 'chai'
import { IDLE_MS, IdleConnections } from '../../daemon/idle-connections.ts'
import type { Role } from '../../protocols/exchange/index.ts'
import { FakeExchange, FakeNeighbour, somePeer } from './retrieval/fake-exchange.ts'
import { FakeTime } from './retrieval/fake-time.ts'
import { spokenLog } from './spoken-log.ts'

const peers = await Promise.all(Array.from({ length: 12 }, (_, n) => somePeer(n + 1)))
/** Two rounds, wherever in its turn the first comes. */
const ROUNDS_MS = 150_000

describe('daemon/idle-connections', () => {
  function rig ({ keep = 0, random = 0.5 } = {}) {
    const time = new FakeTime()
    const { log, lines } = spokenLog()
    const exchange = new FakeExchange()
    const connected: PeerId[] = []
    const closed: PeerId[] = []
    const tags = new Map<string, string[]>()
    const listening: Multiaddr[] = []
    const bootstraps = new Set<string>()
    let hangUp = async (peer: PeerId): Promise<void> => {
      closed.push(peer)
      connected.splice(connected.indexOf(peer), 1)
      exchange.here.delete(peer.toString())
    }
    const made = new IdleConnections({
      host: {
        getPeers: () => [...connected],
        getMultiaddrs: () => listening,
        hangUp: async peer => { await hangUp(peer as PeerId) },
        peerStore: {
          get: async peer => ({
            tags: new Map((tags.get(peer.toString()) ?? []).map(tag => [tag, { value: 1 }]))
          }) as never
        }
      },
      exchange,
      bootstraps,
      clock: time.clock,
      timer: time.timer,
      random: () => random,
      log
    }, { keep })
    const neighbour = (peer: PeerId, rttMs?: number, role: Role = 'peer'): FakeNeighbour => {
      const there = Object.assign(new FakeNeighbour(peer, role), { isIdle: true, rttMs })
      connected.push(peer)
      exchange.arrive(there)
      return there
    }
    return {
      made, time, lines, connected, closed, tags, listening, bootstraps, neighbour,
      hanging: (stuck: PeerId) => {
        const before = hangUp
        hangUp = async peer => {
          await (peer.equals(stuck) ? new Promise<never>(() => {}) : before(peer))
        }
      },
      failing: (message: string) => { hangUp = async () => { throw new Error(message) } }
    }
  }

  it('goes through connections only while there are more than stay anyhow', async () => {
    const { made, time, connected, closed } = rig({ keep: 2 })
    connected.push(peers[0]!, peers[1]!)
    made.start()
    await time.advance(IDLE_MS + ROUNDS_MS)
    expect(closed).to.deep.equal([])
    connected.push(peers[2]!)
    await time.advance(IDLE_MS + ROUNDS_MS)
    expect(closed).to.have.members(peers.slice(0, 3))
    await made.stop()
  })

  it('goes on to the next when one does not close in time, and says so', async () => {
    const { made, time, connected, lines, hanging } = rig()
    connected.push(peers[0]!, peers[1]!)
    hanging(peers[0]!)
    made.start()
    await time.advance(IDLE_MS + ROUNDS_MS)
    expect(connected).to.deep.equal([peers[0]])
    expect(lines.join()).to.match(/could not close .* not closed in 5000 ms/)
    await made.stop()
  })

  it('closes what was idle for so long, and not before', async () => {
    const { made, time, connected, closed, neighbour } = rig()
    neighbour(peers[0]!)
    connected.push(peers[1]!)
    made.start()
    await time.advance(IDLE_MS - 1)
    expect(closed).to.deep.equal([])
    await time.advance(ROUNDS_MS)
    expect(closed).to.deep.equal([peers[0], peers[1]])
    await made.stop()
  })

  it('counts from the start again when it was of use meanwhile', async () => {
    const { made, time, closed, neighbour } = rig()
    const used = neighbour(peers[0]!)
    made.start()
    await time.advance(IDLE_MS / 2)
    used.isIdle = false
    await time.advance(ROUNDS_MS)
    used.isIdle = true
    await time.advance(IDLE_MS - 1)
    expect(closed).to.deep.equal([])
    await time.advance(ROUNDS_MS)
    expect(closed).to.deep.equal([peers[0]])
    await made.stop()
  })

  it('leaves those in use, servers and bootstraps alone', async () => {
    const { made, time, connected, closed, bootstraps, neighbour } = rig()
    neighbour(peers[0]!).isIdle = false
    neighbour(peers[1]!, 10, 'edge')
    neighbour(peers[2]!, 10, 'origin')
    connected.push(peers[3]!)
    bootstraps.add(peers[3]!.toString())
    made.start()
    await time.advance(IDLE_MS + ROUNDS_MS)
    expect(closed).to.deep.equal([])
    await made.stop()
  })

  it('keeps some neighbours: near ones, one by chance, one far', async () => {
    const { made, time, connected, closed, neighbour } = rig({ keep: 5 })
    for (const [n, peer] of peers.entries()) neighbour(peer, 10 * (n + 1))
    made.start()
    await time.advance(IDLE_MS + ROUNDS_MS)
    expect(closed).to.have.length(7)
    // The three nearest, one by chance, the farthest.
    expect(connected.map(peer => peers.indexOf(peer))).to.deep.equal([0, 1, 2, 7, 11])
    await made.stop()
  })

  it('keeps those closest to us in the DHT, and relays through which we are reached', async () => {
    const { made, time, connected, closed, tags, listening } = rig()
    connected.push(peers[0]!, peers[1]!, peers[2]!)
    tags.set(peers[0]!.toString(), ['kad-close'])
    tags.set(peers[1]!.toString(), ['kad-peer'])
    listening.push(multiaddr(`/ip4/10.0.0.1/tcp/1/p2p/${peers[2]}/p2p-circuit`))
    made.start()
    await time.advance(IDLE_MS + ROUNDS_MS)
    expect(closed).to.deep.equal([peers[1]])
    await made.stop()
  })

  it('says when it could not, and tries again', async () => {
    const { made, time, closed, lines, neighbour, failing } = rig()
    neighbour(peers[0]!)
    failing('the muxer hangs')
    made.start()
    await time.advance(IDLE_MS + ROUNDS_MS)
    expect(closed).to.deep.equal([])
    expect(lines[0]).to.match(/^could not close the connection to \w+: the muxer hangs$/)
    expect(lines.length).to.be.greaterThan(1)
    await made.stop()
  })
})
