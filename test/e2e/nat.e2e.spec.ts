/**
 * Peers behind NATs, in an internet of network namespaces. The servers are gone: who wants a block
 * gets it from the one peer that has it, which nobody can dial.
 */

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import type { PeerSummary, Status } from '../../protocols/control/index.ts'
import type { Role } from '../../protocols/exchange/index.ts'
import { DaemonProcess } from '../../testnet/daemon-process.ts'
import { makeTone } from '../origin/media-files.ts'
import { NatLab, type Place, PUBLIC_IP } from './nat-lab.ts'
import { until } from './network-rig.ts'

const CDN_CLI = fileURLToPath(new URL('../../cli/cdn-cli.ts', import.meta.url))
const SEGMENTS = 8

describe('peers behind NATs', function () {
  this.timeout(60_000)

  let lab: NatLab
  let folder: string
  let holder: DaemonProcess
  let title: string
  const places = new Map<DaemonProcess, Place>()
  const started: DaemonProcess[] = []

  async function start (place: Place, role: Role, name: string): Promise<DaemonProcess> {
    const isPublic = place === 'internet'
    const host = isPublic ? PUBLIC_IP : '127.0.0.1'
    const bootstrap = started.find(({ role }) => role === 'bootstrap')?.ready.p2p
    const daemon = new DaemonProcess({
      name,
      role,
      folder: join(folder, name),
      within: lab.within(place),
      config: {
        network: 'nat',
        bootstrap: bootstrap ?? [],
        listen: [isPublic ? `/ip4/${PUBLIC_IP}/tcp/0` : '/ip4/0.0.0.0/tcp/0'],
        gateway: { host, port: 0 },
        control: { port: 0 },
        store: { keepFree: '0' }
      }
    })
    started.push(daemon)
    places.set(daemon, place)
    await daemon.start()
    return daemon
  }

  /** What a command prints, as JSON. */
  async function cli<T> (daemon: DaemonProcess, ...words: string[]): Promise<T> {
    const data = join(folder, daemon.name, 'data')
    const args = [CDN_CLI, ...words, '--json', '--data', data]
    return JSON.parse(await lab.node(places.get(daemon)!, ...args)) as T
  }

  /** A segment, asked of a daemon's gateway where it runs: its status and headers. */
  async function segment (daemon: DaemonProcess, n: number): Promise<Record<string, string>> {
    const url = `${daemon.ready.gateway}/segments/${title}/128k/${n}`
    return JSON.parse(await lab.node(places.get(daemon)!, '--eval', `
      const { status, headers } = await fetch('${url}')
      console.log(JSON.stringify({ status: String(status), ...Object.fromEntries(headers) }))
    `)) as Record<string, string>
  }

  async function peerOf (daemon: DaemonProcess, other: DaemonProcess): Promise<PeerSummary> {
    const peers = await cli<PeerSummary[]>(daemon, 'peers')
    return peers.find(({ peer }) => peer === other.ready.peer)!
  }

  /** Where the holder is dialled by a new peer that has got a segment from it. */
  async function waysFrom (place: Place, name: string): Promise<string[]> {
    const peer = await start(place, 'peer', name)
    expect(await segment(peer, 0)).to.include({ 'status': '200', 'cdnd-source': 'peer' })
    const { isRelayed, addresses } = await peerOf(peer, holder)
    expect(isRelayed).to.equal(false)
    return addresses
  }

  before(async () => {
    lab = await NatLab.open(['other', 'kept', 'random'])
    folder = await mkdtemp(join(tmpdir(), 'cdnd-nat-'))
    await start('internet', 'bootstrap', 'bootstrap')
    const origin = await start('internet', 'origin', 'origin')
    const edge = await start('internet', 'edge', 'edge')
    const tone = await makeTone(folder, 'tone.flac', 2 * SEGMENTS)
    title = (await cli<{ id: string }>(origin, 'publish', tone, '--segment', '2s')).id
    holder = await start('home1', 'peer', 'holder')
    for (let n = 0; n < SEGMENTS; n++) await segment(holder, n)
    // The bootstrap, and a server met in playing.
    await until(async () => (await cli<Status>(holder, 'status')).reach.relays.length === 2,
      'two relays that lead to the holder')
    await Promise.all([edge.stop(), origin.stop()])
  })

  after(async () => {
    await Promise.all(started.map(async daemon => { await daemon.stop() }))
    lab?.close()
    if (folder != null) await rm(folder, { recursive: true })
  })

  it('are met through the bootstrap once a server that relayed to them is gone', async () => {
    const bootstrap = started[0]!.ready.peer
    await until(async () => (await cli<Status>(holder, 'status')).reach.relays.length === 1,
      'one relay that leads to the holder')
    const { reach, addresses } = await cli<Status>(holder, 'status')
    expect(reach).to.deep.equal({ state: 'nat', seenAt: '45.45.1.2', relays: [bootstrap] })
    expect(addresses[0]).to.contain('/p2p-circuit/')
  })

  it('send each other blocks directly, through the hole they punch', async () => {
    const ways = await waysFrom('home2', 'stranger')
    expect(ways).to.have.length(1)
    expect(ways[0]).to.match(/^\/ip4\/45\.45\.1\.2\/tcp\/5\d{4}\/p2p\/[^/]+$/)
  })

  it('reach each other in their LAN when one NAT is before both', async () => {
    const ways = await waysFrom('home1', 'housemate')
    expect(ways[0]).to.match(/^\/ip4\/192\.168\.11\.2\//)
  })

  it('dial back who is in the internet', async () => {
    const ways = await waysFrom('internet', 'reachable')
    expect(ways.join()).to.not.contain('/p2p-circuit/')
    const { reach } = await cli<Status>(started.at(-1)!, 'status')
    expect(reach).to.deep.equal({ state: 'direct', seenAt: PUBLIC_IP, relays: [] })
  })

  it('stay apart where a NAT gives each connection another port, and ask others', async () => {
    const peer = await start('home3', 'peer', 'apart')
    expect(await segment(peer, 0)).to.include({ 'status': '200', 'cdnd-source': 'peer' })
    const { isRelayed, receivedBytes, addresses } = await peerOf(peer, holder)
    expect(isRelayed).to.equal(true)
    expect(addresses.join()).to.contain('/p2p-circuit/')
    expect(receivedBytes, 'over the relay').to.be.below(8 * 1024)
  })
})
