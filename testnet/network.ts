/**
 * A network of real processes on this machine: a bootstrap, an origin, edges and peers.
 * in: how many. out: daemons that are ready; nothing is left when it is stopped.
 */

import { setMaxListeners } from 'node:events'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import PQueue from 'p-queue'
import { type ControlClient, createControlClient } from '../protocols/control/client.ts'
import type { Role } from '../protocols/exchange/index.ts'
import { DaemonProcess, type DaemonStart } from './daemon-process.ts'
import { EmulatedNetwork, type EmulatedNetworkInit } from './emulated-network.ts'

const PARALLEL_STARTS = 3
const REGIONS = ['eu', 'us', 'asia', 'south']
const CORRUPT_PEER = fileURLToPath(new URL('./corrupt-peer.ts', import.meta.url))

export interface NetworkInit {
  nodes: number
  edges: number
  folder: string
  dht: boolean
  tracker: boolean
  /** Peers that answer every request with altered bytes, besides `nodes`. */
  corrupt?: number
  /** More settings for every daemon, and for those of a role. */
  config?: Settings
  roles?: Partial<Record<Role, Settings>>
  /** Delays and wires between the daemons; loopback as it is unless given. */
  emulated?: EmulatedNetworkInit
  /** What runs as a daemon, {@link DaemonSettings.entry}. */
  entry?: string
}

type Settings = Record<string, unknown>

export class Network {
  readonly bootstrap: DaemonProcess
  readonly origin: DaemonProcess
  readonly edges: DaemonProcess[]
  readonly peers: DaemonProcess[]
  readonly corruptPeers: DaemonProcess[]
  readonly #init: NetworkInit
  readonly #emulated: EmulatedNetwork | undefined
  readonly #ends = new AbortController()
  #starting: Promise<void> = Promise.resolve()

  constructor (init: NetworkInit) {
    this.#init = init
    const { nodes, edges, corrupt = 0, emulated } = init
    if (emulated != null) this.#emulated = new EmulatedNetwork(emulated)
    this.bootstrap = this.#daemon('bootstrap', 'bootstrap', 0)
    this.origin = this.#daemon('origin', 'origin', 0)
    const many = (count: number, make: (i: number) => DaemonProcess): DaemonProcess[] =>
      Array.from({ length: count }, (_, i) => make(i))
    this.edges = many(edges, i => this.#daemon('edge', `edge-${i + 1}`, i))
    this.peers = many(nodes, i => this.#daemon('peer', `peer-${i + 1}`, i))
    this.corruptPeers = many(corrupt, i =>
      this.#daemon('peer', `corrupt-${i + 1}`, i, { entry: CORRUPT_PEER }))
    // Every daemon's start listens to it.
    setMaxListeners(0, this.#ends.signal)
  }

  /** Resolves when all are ready; rejects when one is not, or when the network is stopped. */
  async start (): Promise<void> {
    this.#starting = this.#startAll(this.#ends.signal)
    await this.#starting
  }

  /** The control API of one daemon. */
  control (daemon: DaemonProcess): Promise<ControlClient> {
    return createControlClient({ data: this.dataOf(daemon) })
  }

  /** The folder of a daemon's data. */
  dataOf ({ name }: DaemonProcess): string {
    return join(this.#init.folder, name, 'data')
  }

  /** An IP address from which somebody without a node dials into the emulated network. */
  async guest (name: string): Promise<string> {
    return await this.#emulated?.guest(name) ?? '127.0.0.1'
  }

  all (): DaemonProcess[] {
    return [...this.peers, ...this.corruptPeers, ...this.edges, this.origin, this.bootstrap]
  }

  async stop (): Promise<void> {
    this.#ends.abort(new Error('the testnet was stopped'))
    // Its failure was told to whoever started the network.
    await this.#starting.catch(() => {})
    await Promise.all(this.all().map(daemon => daemon.stop()))
    await this.#emulated?.stop()
  }

  async #startAll (signal: AbortSignal): Promise<void> {
    await this.#emulated?.start()
    await this.#startOne(this.bootstrap, {}, signal)
    const { p2p = '' } = this.bootstrap.ready
    const config = { bootstrap: p2p.split(',').filter(address => address.includes('/tcp/')) }
    const starts = new PQueue({ concurrency: PARALLEL_STARTS })
    const results = [this.origin, ...this.edges, ...this.corruptPeers, ...this.peers]
      .map(daemon => starts.add(() => this.#startOne(daemon, config, signal)))
    // All of them have ended before this does: a daemon still on its way up would be left behind.
    const failed = (await Promise.allSettled(results)).find(({ status }) => status === 'rejected')
    if (failed != null) throw (failed as PromiseRejectedResult).reason
  }

  async #startOne (daemon: DaemonProcess, config: Settings, signal: AbortSignal): Promise<void> {
    const place = await this.#emulated?.place(daemon)
    const start: DaemonStart = { signal, config: { ...config, ...place?.config } }
    await daemon.start({ ...start, ...(place != null && { address: place.address }) })
  }

  #daemon (
    role: Role, name: string, index: number, more: { entry?: string } = this.#entry()
  ): DaemonProcess {
    const folder = join(this.#init.folder, name)
    const config = this.#config(role, regionAt(index))
    return new DaemonProcess({ name, role, folder, config, ...more })
  }

  #entry (): { entry?: string } {
    const { entry } = this.#init
    return entry == null ? {} : { entry }
  }

  #config (role: Role, region: string): Settings {
    const { dht, tracker, config, roles } = this.#init
    return {
      network: 'testnet',
      region,
      listen: ['/ip4/127.0.0.1/tcp/0'],
      gateway: { host: '127.0.0.1', port: 0 },
      control: { host: '127.0.0.1', port: 0 },
      dht: { enabled: dht ? 'on' : 'off', mode: 'server' },
      ...(tracker || role === 'bootstrap' ? {} : { tracker: { enabled: 'off' } }),
      ...config,
      ...roles?.[role]
    }
  }
}

function regionAt (index: number): string {
  return REGIONS[index % REGIONS.length]!
}
