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
import { DaemonProcess } from './daemon-process.ts'

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
  /** More settings for every daemon. */
  config?: Record<string, unknown>
}

export class Network {
  readonly bootstrap: DaemonProcess
  readonly origin: DaemonProcess
  readonly edges: DaemonProcess[]
  readonly peers: DaemonProcess[]
  readonly corruptPeers: DaemonProcess[]
  readonly #init: NetworkInit
  readonly #ends = new AbortController()
  #starting: Promise<void> = Promise.resolve()

  constructor (init: NetworkInit) {
    this.#init = init
    const { nodes, edges, corrupt = 0 } = init
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
    return createControlClient({ data: join(this.#init.folder, daemon.name, 'data') })
  }

  all (): DaemonProcess[] {
    return [...this.peers, ...this.corruptPeers, ...this.edges, this.origin, this.bootstrap]
  }

  async stop (): Promise<void> {
    this.#ends.abort(new Error('the testnet was stopped'))
    // Its failure was told to whoever started the network.
    await this.#starting.catch(() => {})
    await Promise.all(this.all().map(daemon => daemon.stop()))
  }

  async #startAll (signal: AbortSignal): Promise<void> {
    await this.bootstrap.start({ signal })
    const { p2p = '' } = this.bootstrap.ready
    const config = { bootstrap: p2p.split(',').filter(address => address.includes('/tcp/')) }
    const starts = new PQueue({ concurrency: PARALLEL_STARTS })
    const results = [this.origin, ...this.edges, ...this.corruptPeers, ...this.peers]
      .map(daemon => starts.add(() => daemon.start({ signal, config })))
    // All of them have ended before this does: a daemon still on its way up would be left behind.
    const failed = (await Promise.allSettled(results)).find(({ status }) => status === 'rejected')
    if (failed != null) throw (failed as PromiseRejectedResult).reason
  }

  #daemon (role: Role, name: string, index: number, more: { entry?: string } = {}): DaemonProcess {
    const folder = join(this.#init.folder, name)
    const config = this.#config(role, regionAt(index))
    return new DaemonProcess({ name, role, folder, config, ...more })
  }

  #config (role: Role, region: string): Record<string, unknown> {
    const { dht, tracker, config } = this.#init
    return {
      network: 'testnet',
      region,
      listen: ['/ip4/127.0.0.1/tcp/0'],
      gateway: { host: '127.0.0.1', port: 0 },
      control: { host: '127.0.0.1', port: 0 },
      dht: { enabled: dht ? 'on' : 'off', mode: 'server' },
      ...(tracker || role === 'bootstrap' ? {} : { tracker: { enabled: 'off' } }),
      ...config
    }
  }
}

function regionAt (index: number): string {
  return REGIONS[index % REGIONS.length]!
}
