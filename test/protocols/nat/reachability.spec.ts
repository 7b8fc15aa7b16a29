import type { IdentifyResult } from '@libp2p/interface'
import { type Multiaddr, multiaddr } from '@multiformats/multiaddr'
import { expect } from 'chai'
import {
  Reachability, type ReachabilityComponents, type ReachMode, RELAYS
} from '../../../protocols/nat/reachability.ts'
import { somePeer } from '../../daemon/retrieval/fake-exchange.ts'
import { spokenLog } from '../../daemon/spoken-log.ts'

const peerId = await somePeer(1)
const LAN = '/ip4/192.168.1.2/tcp/4001'
const OUTSIDE = '/ip4/45.45.1.2/tcp/50123'
const RELAYED = `/ip4/45.45.1.2/tcp/4483/p2p/${peerId}/p2p-circuit`

type Seen = Partial<Pick<IdentifyResult['connection'], 'direction' | 'limits'>>

async function rig (mode: ReachMode, own: string[] = [LAN], refuses = false) {
  const events = new EventTarget()
  const listened: string[] = []
  const { log, lines } = spokenLog()
  const seen: Multiaddr[] = []
  const reachability = new Reachability({
    events: events as ReachabilityComponents['events'],
    transportManager: {
      getAddrs: () => own.map(text => multiaddr(text)),
      listen: async addresses => {
        if (refuses) throw new Error('no transport')
        listened.push(...addresses.map(String))
      }
    },
    log
  }, {
    mode,
    port: {
      isWitness: id => id.equals(peerId),
      sawAt: (_connection, address) => { seen.push(address) }
    }
  })
  let told = 0
  reachability.events.addEventListener('nat', () => { told++ })
  reachability.start()
  await reachability.afterStart()
  const see = (address: string, connection: Seen = {}, by = peerId): void => {
    const detail = {
      peerId: by,
      observedAddr: multiaddr(address),
      connection: { direction: 'outbound', ...connection }
    }
    events.dispatchEvent(new CustomEvent('peer:identify', { detail }))
  }
  return { reachability, listened, lines, seen, see, told: () => told }
}

describe('protocols/nat/reachability', () => {
  it('knows nothing before somebody says at which address it sees us', async () => {
    const { reachability, listened } = await rig('auto')
    expect(reachability.reach).to.deep.equal({ state: 'unknown' })
    expect(listened).to.deep.equal([])
  })

  it('is behind NAT when it is seen at an address that is not its own', async () => {
    const { reachability, listened, see, told } = await rig('auto')
    see(OUTSIDE)
    see(OUTSIDE)
    expect(reachability.reach).to.deep.equal({ state: 'nat', seenAt: '45.45.1.2' })
    expect(listened).to.deep.equal(Array.from({ length: RELAYS }, () => '/p2p-circuit'))
    expect(told()).to.equal(1)
  })

  it('is direct while it is seen at an address of its own, whatever the port', async () => {
    const { reachability, listened, see } = await rig('auto')
    see('/ip4/192.168.1.2/tcp/50123')
    expect(reachability.reach).to.deep.equal({ state: 'direct', seenAt: '192.168.1.2' })
    expect(listened).to.deep.equal([])
  })

  it('stays behind NAT when somebody in its LAN sees it there', async () => {
    const { reachability, see } = await rig('auto')
    see('/ip4/192.168.1.2/tcp/50123')
    see(OUTSIDE)
    see('/ip4/192.168.1.2/tcp/50124')
    expect(reachability.reach.state).to.equal('nat')
  })

  it('does not take a relay’s address for its own', async () => {
    const { reachability, see } = await rig('auto', [LAN, RELAYED])
    see(OUTSIDE)
    expect(reachability.reach.state).to.equal('nat')
  })

  const silent: Array<[string, string, Seen, string[]?]> = [
    ['whoever dialled us', OUTSIDE, { direction: 'inbound' }],
    ['whoever we reach through a relay', OUTSIDE, { limits: {} }],
    ['this machine', '/ip4/127.0.0.5/tcp/50123', {}],
    ['a name', '/dns4/example.org/tcp/1', {}],
    ['an address of a family that it does not listen on', '/ip6/2001:db8::1/tcp/1', {}],
    ['anybody, when it does not listen', OUTSIDE, {}, []]
  ]
  for (const [what, address, connection, own] of silent) {
    it(`concludes nothing from ${what}`, async () => {
      const { reachability, listened, see } = await rig('auto', own)
      see(address, connection)
      expect([reachability.reach.state, listened]).to.deep.equal(['unknown', []])
    })
  }

  it('concludes nothing from strangers: they could make nodes useless to each other', async () => {
    const { reachability, seen, see } = await rig('auto')
    see(OUTSIDE, {}, await somePeer(2))
    expect([reachability.reach.state, seen]).to.deep.equal(['unknown', []])
  })

  it('is what the operator says, from the start, and tells the port where it is seen', async () => {
    const forced = await rig('nat', [])
    expect([forced.reachability.reach, forced.listened.length])
      .to.deep.equal([{ state: 'nat' }, RELAYS])
    const direct = await rig('direct')
    direct.see(OUTSIDE)
    expect([direct.reachability.reach, direct.listened])
      .to.deep.equal([{ state: 'direct', seenAt: '45.45.1.2' }, []])
    expect(direct.seen.map(String)).to.deep.equal([OUTSIDE])
  })

  it('goes on where it cannot listen through relays, and looks no more once stopped', async () => {
    const { reachability, lines, see } = await rig('nat', [LAN], true)
    expect(lines.join()).to.contain('could not listen through relays')
    reachability.stop()
    see(OUTSIDE)
    expect(reachability.reach).to.deep.equal({ state: 'nat' })
  })
})
