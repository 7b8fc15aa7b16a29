import type { Connection } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'
import { expect } from 'chai'
import { BootstrapDialer } from '../../daemon/bootstrap-dialer.ts'
import { testNode } from '../protocols/tracker/nodes.ts'
import { FakeTime } from './retrieval/fake-time.ts'
import { spokenLog } from './spoken-log.ts'

type Dial = (options: { signal: AbortSignal }) => Promise<void>

const one = (await testNode(1)).peer.toString()
const two = (await testNode(2)).peer.toString()

function rig (addresses: string[], dial: Dial) {
  const time = new FakeTime()
  const { log, lines } = spokenLog()
  const dialled: string[] = []
  const connected = new Set<string>()
  const listeners = new Set<() => void>()
  const host = {
    addEventListener: (_type: string, listener: unknown) => {
      listeners.add(listener as () => void)
    },
    removeEventListener: (_type: string, listener: unknown) => {
      listeners.delete(listener as () => void)
    },
    getConnections: (peer?: unknown) => connected.has(String(peer)) ? [{} as Connection] : [],
    dial: async (to: unknown, options: unknown) => {
      const [address] = to as Multiaddr[]
      dialled.push(String(address))
      await dial(options as { signal: AbortSignal })
      connected.add(String(address).split('/').at(-1)!)
      return {} as Connection
    }
  }
  const components = { host, random: () => 0.5, timer: time.timer, log }
  const lose = (): void => {
    connected.clear()
    for (const listener of listeners) listener()
  }
  const dialer = new BootstrapDialer(components, addresses)
  return { time, lines, dialled, listeners, lose, dialer }
}

const down: Dial = async () => { throw new Error('connection refused') }

describe('daemon/bootstrap-dialer', () => {
  const address = `/ip4/127.0.0.1/tcp/1/p2p/${one}`

  it('gathers the addresses of one bootstrap, and dials each bootstrap', async () => {
    const addresses = [
      address, `/ip4/10.0.0.1/tcp/2/p2p/${one}`, `/ip4/127.0.0.1/tcp/3/p2p/${two}`
    ]
    const { dialer, dialled, time, lines } = rig(addresses, async () => {})
    expect([...dialer.targets].map(([peer, { length }]) => [peer, length]))
      .to.deep.equal([[one, 2], [two, 1]])
    dialer.start()
    await time.advance(10_000)
    expect(dialled).to.deep.equal([address, `/ip4/127.0.0.1/tcp/3/p2p/${two}`])
    expect(lines).to.deep.equal([`connected to bootstrap ${one}`, `connected to bootstrap ${two}`])
    await dialer.stop()
  })

  it('dials again when the connection is lost', async () => {
    const { dialer, dialled, listeners, lose, time } = rig([address], async () => {})
    dialer.start()
    await time.advance(5_000)
    lose()
    await time.advance(1_000)
    expect(dialled).to.have.length(2)
    await dialer.stop()
    expect(listeners).to.have.length(0)
  })

  it('waits twice as long after each failure, to half a minute, and complains once', async () => {
    const { dialer, dialled, lines, time } = rig([address], down)
    dialer.start()
    const counts: number[] = []
    for (const seconds of [0, 1, 2, 4, 8, 16, 30, 30]) {
      await time.advance(seconds * 1000)
      counts.push(dialled.length)
    }
    expect(counts).to.deep.equal([1, 2, 3, 4, 5, 6, 7, 8])
    await time.advance(29_999)
    expect(dialled).to.have.length(8)
    expect(lines).to.deep.equal(
      [`bootstrap ${one} does not answer, trying on: connection refused`])
    await dialer.stop()
  })

  it('gives up a dial under way when it is stopped, and dials no more', async () => {
    const { dialer, dialled, time, lines } = rig([address], ({ signal }) =>
      new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason), { once: true })
      }))
    dialer.start()
    dialer.start()
    await time.advance(10)
    await dialer.stop()
    await dialer.stop()
    await time.advance(60_000)
    expect([dialled.length, lines, time.pending]).to.deep.equal([1, [], 0])
  })
})
