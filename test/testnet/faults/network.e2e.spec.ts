/**
 * Faults that strike real nodes: some packed, some processes.
 */

import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'chai'
import { createFault } from '../../../testnet/faults/index.ts'
import { Network, type NetworkInit } from '../../../testnet/network.ts'

const DOWN = { uploadBytesPerSecond: 1000 }

describe('testnet/faults of real nodes', function () {
  this.timeout(60_000)
  let folder: string
  let network: Network

  const open = async (init: Partial<NetworkInit>): Promise<Network> => {
    folder = await mkdtemp(join(tmpdir(), 'cdnd-faults-'))
    network = new Network({
      folder,
      nodes: 2,
      edges: 0,
      dht: false,
      tracker: true,
      config: { store: { keepFree: '0' } },
      ...init
    })
    return network
  }
  afterEach(async () => {
    await network.stop()
    await rm(folder, { recursive: true, force: true })
  })

  const neighboursOf = async (name: string): Promise<number> =>
    (await network.snapshot()).find(node => node.name === name)?.neighbours ?? 0

  it('keeps a packed node from all but its side, until it is healed', async () => {
    await open({ pack: 2, emulated: { delayMs: 1, hasRegions: true } })
    await network.start()
    const [one, two] = network.peers
    while (await neighboursOf('peer-1') === 0) await sleep(50)
    const apart = createFault({ kind: 'partition', regions: [['eu'], ['us']] })
    // The bootstrap is in eu, as peer-1 is; peer-2 is alone.
    expect((await apart.strike(network)).nodes).to.deep.equal(['peer-2'])
    const lost = createFault({ kind: 'kill', who: ['peer-1', 'peer-2'] })
    await lost.strike(network)
    expect(one!.isRunning).to.equal(false)
    // Also with processes that were started after the strike.
    await lost.heal(network)
    while (await neighboursOf('peer-1') === 0) await sleep(50)
    // Started anew as well, it has dialled in vain by then.
    while (!(await readFile(two!.logPath, 'utf8')).includes('does not answer')) await sleep(50)
    expect(await neighboursOf('peer-2')).to.equal(0)
    await apart.heal(network)
    while (await neighboursOf('peer-2') === 0) await sleep(50)
  })

  it('changes conduct and wires of packed nodes while they run', async () => {
    await open({ pack: 2, emulated: { delayMs: 1 } })
    await createFault({ kind: 'busy', who: ['peer-1'] }).strike(network)
    await network.start()
    const { pid } = network.peers[0]!
    await createFault({ kind: 'polluter', who: ['peer-1'] }).strike(network)
    const slow = createFault({ kind: 'slow-peer', who: ['peer-2'], wires: DOWN })
    await slow.strike(network)
    await slow.heal(network)
    expect(network.peers.map(peer => peer.pid)).to.deep.equal([pid, pid])
  })

  it('starts a process again with its conduct, and a lost bootstrap where it was', async () => {
    await open({})
    await network.start()
    const [peer] = network.peers
    const { pid, ready } = peer!
    const free = createFault({ kind: 'free-rider', who: ['peer-1'] })
    await free.strike(network)
    expect(peer!.pid).not.to.equal(pid)
    expect(peer!.ready.peer).to.equal(ready.peer)
    const { p2p } = network.bootstrap.ready
    const lost = createFault({ kind: 'kill', who: { role: 'bootstrap' } })
    expect((await lost.strike(network)).text).to.equal('bootstrap was killed')
    await lost.heal(network)
    expect(network.bootstrap.ready.p2p).to.equal(p2p)
    await createFault({ kind: 'clock-skew', who: ['peer-2'], skewMs: 3_600_000 }).strike(network)
    expect(network.peers[1]!.isRunning).to.equal(true)
  })
})
