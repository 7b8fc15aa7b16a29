/**
 * Nodes that share processes, with distances between them.
 */

import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'chai'
import type { Daemon } from '../../testnet/daemon.ts'
import { Network } from '../../testnet/network.ts'
import { pssBytes } from '../../testnet/process-cost.ts'
import { regionOf } from '../../testnet/regions.ts'

/**
 * Nodes that start together look around for the first time after 30 to 75 s, who then has too few
 * neighbours after 67 to 112 s; and a distance takes a few PINGs.
 */
const MEET_MS = 150_000

describe('testnet/pack', function () {
  this.timeout(MEET_MS + 20_000)
  let folder: string
  let network: Network
  let peers: Daemon[]

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'cdnd-pack-'))
    network = new Network({
      folder,
      nodes: 4,
      edges: 0,
      dht: true,
      tracker: true,
      pack: 3,
      emulated: { delayMs: 1, hasRegions: true },
      config: { store: { keepFree: '0' } }
    })
    peers = network.peers
    await network.start()
  })
  after(async () => {
    await network.stop()
    await rm(folder, { recursive: true, force: true })
  })

  const neighboursOf = async (name: string): Promise<number> =>
    (await network.snapshot()).find(node => node.name === name)?.neighbours ?? 0

  it('runs few processes, peers in turn, servers alone, each at an address of its region', () => {
    expect(new Set(network.all().map(({ pid }) => pid)).size).to.equal(4)
    const [first, second] = peers.map(({ pid }) => pid)
    expect(second).to.not.equal(first)
    expect(peers.map(({ pid }) => pid)).to.deep.equal([first, second, first, second])
    for (const { ready, region } of network.all()) {
      const [, address = ''] = /^\/ip4\/([\d.]+)\/tcp\//.exec(ready.p2p ?? '') ?? []
      expect(regionOf(address)).to.equal(region)
    }
  })

  /** Whom it knows, and how far they are; undefined where that is not measured. */
  const distancesOf = async (daemon: Daemon): Promise<Map<string, number | undefined>> => {
    const known = await (await network.control(daemon)).peers()
    return new Map(known.map(({ peer, rttMs }) => [peer, rttMs]))
  }
  const isMeasured = async (one: Daemon, others: readonly Daemon[]): Promise<boolean> => {
    const distances = await distancesOf(one)
    return others.every(({ ready }) => one.ready.peer === ready.peer ||
      distances.get(ready.peer!) != null)
  }
  /** Names who does not know whom when it takes too long. */
  const untilMet = async (): Promise<void> => {
    const endMs = performance.now() + MEET_MS
    for (const peer of peers) {
      while (!await isMeasured(peer, peers)) {
        if (performance.now() > endMs) throw new Error(JSON.stringify(await everybody()))
        await sleep(50)
      }
    }
  }
  const everybody = async () => await Promise.all(peers.map(async peer =>
    ({ [`${peer.name} ${peer.ready.peer}`]: [...await distancesOf(peer)] })))

  it('has them meet, and measure the distance between their regions', async () => {
    await untilMet()
    // peer-1 is in eu, peer-4 in south.
    const distances = await distancesOf(peers[0]!)
    expect(distances.get(peers[3]!.ready.peer!)).to.be.within(199, 400)
  })

  it('gives back what nobody holds any more, when it is told that all rest', async () => {
    const memory = (): number => pssBytes(peers[0]!.pid!)
    const before = memory()
    await network.rest()
    expect(memory()).to.be.lessThan(before)
  })

  it('stops one, kills one without a goodbye, and starts it again, beside others', async () => {
    const [one, two, three] = peers as [Daemon, Daemon, Daemon]
    await one.stop()
    await two.kill()
    expect([one, two, three].map(({ isRunning }) => isRunning)).to.deep.equal([false, false, true])
    const peer = two.ready.peer
    await network.restart(two)
    expect(two.ready.peer).to.equal(peer)
    while (await neighboursOf(two.name) < 2) await sleep(50)
    expect(await neighboursOf(one.name)).to.equal(0)
    expect(existsSync(two.logPath)).to.equal(true)
  })

  it('says what kept a node from starting', async () => {
    const [one, , three] = peers as [Daemon, Daemon, Daemon]
    const taken = three.ready.gateway!.split(':').pop()
    const config = { gateway: { host: '127.0.0.1', port: Number(taken) } }
    const message = await one.start({ address: '127.0.0.1', config })
      .catch((err: Error) => err.message)
    expect(message).to.match(/^pack-1 failed: gateway\.port: another/)
    expect(one.isRunning).to.equal(false)
  })

  it('leaves no process behind', async () => {
    const pids = network.all().flatMap(({ pid }) => pid ?? [])
    await network.stop()
    for (const pid of pids) expect(() => process.kill(pid, 0), String(pid)).to.throw('ESRCH')
  })
})
