import { expect } from 'chai'
import type { PeerSummary, Status } from '../../../protocols/control/index.ts'
import type { ControlClient } from '../../../protocols/control/client.ts'
import type { Daemon } from '../../../testnet/daemon.ts'
import { Observer } from '../../../testnet/runner/observer.ts'

describe('testnet/runner/observer', () => {
  /** Two peers and an edge, each of which has delivered and sent so much. */
  function watched (bytes: () => number) {
    const daemons = [['peer-1', 'peer'], ['peer-2', 'peer'], ['edge-1', 'edge']]
      .map(([name, role]) => ({ name, role, isRunning: true, ready: { peer: `id-of-${name}` } }))
    const control = {
      status: async () => ({
        delivered: { local: 0, peer: bytes(), edge: 0, origin: 0 }, uploadedBytes: bytes(),
        wastedBytes: 0, mismatches: 0, uptimeSeconds: 1, bannedPeers: []
      }) as unknown as Status,
      peers: async () =>
        [{ peer: 'id-of-peer-1', role: 'peer', receivedBytes: bytes() }] as PeerSummary[]
    } as unknown as ControlClient
    const network = {
      all: () => daemons as unknown as Daemon[],
      control: async ({ name }: Daemon) => {
        if (name === 'peer-2' && bytes() === 13) throw new Error('it was just killed')
        return control
      }
    }
    const hearing = () => ({ playing: 1, stalls: 2 })
    const observer = new Observer(network, hearing, new AbortController().signal)
    return { observer, daemons, first: daemons[0] as unknown as Daemon }
  }

  it('adds up what was counted since it began, by role', async () => {
    let bytes = 10
    const { observer, first } = watched(() => bytes)
    await observer.begin()
    bytes = 15
    const { atMs, ...sample } = await observer.look(true)
    expect(sample).to.deep.equal({
      fetched: { local: 0, peer: 10, edge: 0, origin: 0 },
      originSentBytes: 0, edgeSentBytes: 5, wastedBytes: 0, nodesUp: 3, playing: 1, stalls: 2
    })
    expect(observer.countsOf(first).sentBytes).to.equal(5)
    expect(observer.flows.flows()).to.deep.include({ from: 'peer-1', to: 'peer-2', bytes: 5 })
  })

  it('goes on without those that are down or do not answer', async () => {
    let bytes = 10
    const { observer, daemons } = watched(() => bytes)
    await observer.begin()
    daemons[0]!.isRunning = false
    bytes = 13
    const { nodesUp, fetched, edgeSentBytes } = await observer.look()
    expect([nodesUp, fetched.peer, edgeSentBytes]).to.deep.equal([2, 0, 3])
  })

  it('looks again and again until it is to end', async () => {
    const { observer } = watched(() => 1)
    const ends = new AbortController()
    await observer.begin()
    await observer.run(ends.signal, () => { ends.abort() })
    expect(observer.samples).to.have.length(1)
  })
})
