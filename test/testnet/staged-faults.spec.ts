import { expect } from 'chai'
import type { Status } from '../../protocols/control/index.ts'
import type { DaemonProcess } from '../../testnet/daemon-process.ts'
import { type Stage, StagedFaults } from '../../testnet/staged-faults.ts'
import type { Network } from '../../testnet/network.ts'

interface Stand { edges?: number, corrupt?: number, peers?: Array<Partial<Status>> }

class FakeDaemon {
  readonly name: string
  readonly status: Partial<Status>
  readonly ready: Record<string, string>
  isRunning = true

  constructor (name: string, status: Partial<Status> = {}) {
    this.name = name
    this.status = { mismatches: 0, bannedPeers: [], uploadedBytes: 100, ...status }
    this.ready = { peer: `id of ${name}` }
  }

  async kill (): Promise<void> { this.isRunning = false }
}

function rig (faults: Stage[], { edges = 1, corrupt = 0, peers = [] }: Stand = {}) {
  const network = {
    bootstrap: new FakeDaemon('bootstrap'),
    origin: new FakeDaemon('origin'),
    edges: Array.from({ length: edges }, (_, i) => new FakeDaemon(`edge-${i + 1}`)),
    peers: peers.map((status, i) => new FakeDaemon(`peer-${i + 1}`, status)),
    corruptPeers: Array.from({ length: corrupt }, (_, i) => new FakeDaemon(`corrupt-${i + 1}`)),
    all: () => [network.bootstrap, network.origin, ...network.edges],
    control: async (daemon: FakeDaemon) => ({ status: async () => daemon.status })
  }
  const struck = new StagedFaults(network as unknown as Network, faults)
  const gone = () => [network.bootstrap, network.origin, ...network.edges]
    .filter(({ isRunning }) => !isRunning).map(({ name }) => name)
  /** Who is gone when each of `listeners` comes. */
  const goneBy = async (listeners: number) => {
    const all: string[][] = []
    for (let listener = 0; listener < listeners; listener++) {
      await struck.strike({ listener, listeners })
      all.push(gone())
    }
    return all
  }
  return { network, faults: struck, goneBy }
}

describe('testnet/staged-faults', () => {
  it('loses the tracker before the first listener comes', async () => {
    expect(await rig(['tracker-lost']).goneBy(2)).to.deep.equal([['bootstrap'], ['bootstrap']])
  })

  it('loses one edge half-way', async () => {
    expect(await rig(['edge-lost'], { edges: 2 }).goneBy(4))
      .to.deep.equal([[], [], ['edge-1'], ['edge-1']])
  })

  it('loses all servers before the last listener comes', async () => {
    expect(await rig(['servers-lost'], { edges: 2 }).goneBy(3))
      .to.deep.equal([[], [], ['bootstrap', 'origin', 'edge-1', 'edge-2']])
  })

  it('says each once, and which never struck', async () => {
    const { faults } = rig(['edge-lost', 'tracker-lost'], { edges: 0 })
    expect(await faults.strike({ listener: 0, listeners: 1 }))
      .to.deep.equal(['the bootstrap with its tracker was killed before the first listener came'])
    expect(await faults.strike({ listener: 0, listeners: 1 })).to.deep.equal([])
    expect(faults.struck.map(({ fault, event }) => [fault, event != null]))
      .to.deep.equal([['edge-lost', false], ['tracker-lost', true]])
  })

  it('has no corrupt peer strike where there is none, and kills nobody for one', async () => {
    const none = rig(['corrupt-peer'])
    await none.goneBy(1)
    expect(none.faults.struck[0]?.event).to.equal(undefined)
    const one = rig(['corrupt-peer'], { corrupt: 1 })
    expect(await one.goneBy(1)).to.deep.equal([[]])
    expect(one.faults.struck[0]?.event).to.contain('alters every block')
  })

  it('remembers what a daemon had sent when it was killed', async () => {
    const { network, faults } = rig(['edge-lost'])
    const edge = network.edges[0]! as unknown as DaemonProcess
    expect(await faults.sentBy(edge)).to.equal(100)
    network.edges[0]!.status.uploadedBytes = 250
    await faults.strike({ listener: 0, listeners: 1 })
    network.edges[0]!.status.uploadedBytes = 0
    expect(await faults.sentBy(edge)).to.equal(250)
  })

  it('tells who was sent an altered block from who banned the sender', async () => {
    const { faults } = rig(['corrupt-peer'], {
      corrupt: 1,
      peers: [
        { mismatches: 2, bannedPeers: ['id of corrupt-1'] },
        { mismatches: 1, bannedPeers: ['somebody else'] },
        { mismatches: 0, bannedPeers: [] }
      ]
    })
    expect(await faults.harm()).to.deep.equal({ mismatches: 3, metBy: 2, bannedBy: 1 })
  })
})
