/**
 * A network of real processes on this machine: a bootstrap, an origin, edges and peers.
 * in: how many, and which faults. out: daemons that are ready; nothing is left when it is stopped.
 */

import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { setMaxListeners } from 'node:events'
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
  origin!: DaemonProcess
  readonly edges: DaemonProcess[] = []
  readonly peers: DaemonProcess[] = []
  readonly corruptPeers: DaemonProcess[] = []
  /** Bytes that daemons had sent before they were killed. */
  readonly lastSent = new Map<DaemonProcess, number>()
  readonly #init: NetworkInit
  readonly #ends = new AbortController()

  constructor (init: NetworkInit) {
    this.#init = init
    this.bootstrap = new DaemonProcess({
      name: 'bootstrap', role: 'bootstrap', folder: join(init.folder, 'bootstrap'), config: this.#common('eu')
    })
    setMaxListeners(0, this.#ends.signal)
  }

  /** Starts everything; `files` are what the origin publishes. */
  async start (files: string[]): Promise<void> {
    await this.bootstrap.start({ signal: this.#ends.signal })
    this.origin = this.#daemon('origin', 'origin', 'eu', {}, { files })
    await this.origin.start({ signal: this.#ends.signal })
    for (let i = 0; i < this.#init.edges; i++) {
      this.edges.push(this.#daemon('edge', `edge-${i + 1}`, REGIONS[i % REGIONS.length]!))
    }
    for (let i = 0; i < this.#init.nodes; i++) {
      this.peers.push(this.#daemon('peer', `peer-${i + 1}`, REGIONS[i % REGIONS.length]!))
    }
    for (let i = 0; i < (this.#init.corrupt ?? 0); i++) {
      this.corruptPeers.push(this.#daemon('peer', `corrupt-${i + 1}`, 'eu', {}, { entry: CORRUPT_PEER }))
    }
    const starts = new PQueue({ concurrency: PARALLEL_STARTS })
    await starts.addAll([...this.edges, ...this.corruptPeers, ...this.peers].map(daemon =>
      async () => { await daemon.start({ signal: this.#ends.signal }) }))
  }

  /** The control API of one daemon. */
  control (daemon: DaemonProcess): Promise<ControlClient> {
    return createControlClient({ data: join(this.#init.folder, daemon.name, 'data') })
  }

  all (): DaemonProcess[] {
    return [...this.peers, ...this.corruptPeers, ...this.edges, this.origin, this.bootstrap].filter(Boolean)
  }

  async stop (): Promise<void> {
    this.#ends.abort(new Error('the testnet was stopped'))
    await Promise.all(this.all().map(daemon => daemon.stop()))
  }

  #daemon (role: Role, name: string, region: string, config = {}, extra: { files?: string[], entry?: string } = {}): DaemonProcess {
    return new DaemonProcess({
      name,
      role,
      folder: join(this.#init.folder, name),
      config: {
        ...this.#common(region),
        bootstrap: (this.bootstrap.ready.p2p ?? '').split(',').filter(address => address.includes('/tcp/')),
        ...(this.#init.tracker ? {} : { tracker: { enabled: 'off' } }),
        ...config
      },
      ...extra
    })
  }

  #common (region: string): Record<string, unknown> {
    return {
      network: 'testnet',
      region,
      listen: ['/ip4/127.0.0.1/tcp/0'],
      gateway: { host: '127.0.0.1', port: 0 },
      control: { host: '127.0.0.1', port: 0 },
      dht: { enabled: this.#init.dht ? 'on' : 'off', mode: 'server' },
      log: { level: 'info' },
      ...this.#init.config
    }
  }
}
