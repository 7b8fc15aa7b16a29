/**
 * A network of real processes on this machine: a bootstrap, an origin, edges and peers.
 * in: how many. out: daemons that are ready; nothing is left when it is stopped.
 */

import { setMaxListeners } from 'node:events'
import { join } from 'node:path'
import PQueue from 'p-queue'
import { type ControlClient, createControlClient } from '../protocols/control/client.ts'
import type { Role } from '../protocols/exchange/index.ts'
import type { Daemon, DaemonStart, Settings } from './daemon.ts'
import { DaemonProcess } from './daemon-process.ts'
import { EmulatedNetwork, type EmulatedNetworkInit } from './emulated-network.ts'
import { Pack } from './pack.ts'
import type { NodeSnapshot } from './packed-nodes.ts'
import { REGIONS } from './regions.ts'

/** Higher: no core waits for a disk; lower: each is ready sooner. */
export const PARALLEL_STARTS = 3
/** As a peer has it by itself. */
export const DEFAULT_DEGREE = 8

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
  /** What runs as a daemon, {@link ProcessSettings.entry}. */
  entry?: string
  /**
   * So many peers share a process, and each server has one; each daemon has a process unless given.
   * For emulated networks.
   */
  pack?: number
  /** false: daemons do not say where they are, as if nobody knew regions. True unless given. */
  isRegionTold?: boolean
  /** Neighbours a peer looks for, {@link DEFAULT_DEGREE}. */
  degree?: number
  /** Daemons that start at once, {@link PARALLEL_STARTS}. */
  parallelStarts?: number
}

export class Network {
  readonly bootstrap: Daemon
  readonly origin: Daemon
  readonly edges: Daemon[]
  readonly peers: Daemon[]
  readonly corruptPeers: Daemon[]
  readonly #init: NetworkInit
  readonly #emulated: EmulatedNetwork | undefined
  readonly #packs = new Map<string, Pack>()
  readonly #ends = new AbortController()
  #starting: Promise<void> = Promise.resolve()

  constructor (init: NetworkInit) {
    this.#init = init
    const { nodes, edges, corrupt = 0, emulated, pack } = init
    if (emulated != null) {
      this.#emulated = new EmulatedNetwork({ ...emulated, isShapedWithin: pack != null })
    }
    this.bootstrap = this.#daemon('bootstrap', 'bootstrap', 0)
    this.origin = this.#daemon('origin', 'origin', 0)
    const many = (count: number, make: (i: number) => Daemon): Daemon[] =>
      Array.from({ length: count }, (_, i) => make(i))
    this.edges = many(edges, i => this.#daemon('edge', `edge-${i + 1}`, i))
    this.peers = many(nodes, i => this.#daemon('peer', `peer-${i + 1}`, i))
    this.corruptPeers = many(corrupt, i => this.#daemon('peer', `corrupt-${i + 1}`, i, true))
    // Every daemon's start listens to it.
    setMaxListeners(0, this.#ends.signal)
  }

  /** Resolves when all are ready; rejects when one is not, or when the network is stopped. */
  async start (): Promise<void> {
    this.#starting = this.#startAll(this.#ends.signal)
    await this.#starting
  }

  /** One daemon again, that was stopped or killed. */
  async restart (daemon: Daemon): Promise<void> {
    await this.#startOne(daemon, this.#joining, this.#ends.signal)
  }

  /** The control API of one daemon. */
  control (daemon: Daemon): Promise<ControlClient> {
    return createControlClient({ data: this.dataOf(daemon) })
  }

  /** The folder of a daemon's data. */
  dataOf ({ name }: Daemon): string {
    return join(this.#init.folder, name, 'data')
  }

  /** An IP address from which somebody without a node dials into the emulated network. */
  async guest (name: string, region?: string): Promise<string> {
    return await this.#emulated?.guest(name, region) ?? '127.0.0.1'
  }

  all (): Daemon[] {
    return [...this.peers, ...this.corruptPeers, ...this.edges, this.origin, this.bootstrap]
  }

  /** Of those that share processes: whom they are connected to. */
  async snapshot (): Promise<NodeSnapshot[]> {
    return (await Promise.all([...this.#packs.values()].map(pack => pack.snapshot()))).flat()
  }

  async stop (): Promise<void> {
    this.#ends.abort(new Error('the testnet was stopped'))
    // Its failure was told to whoever started the network.
    await this.#starting.catch(() => {})
    await Promise.all(this.all().map(daemon => daemon.stop()))
    await Promise.all([...this.#packs.values()].map(pack => pack.stop()))
    await this.#emulated?.stop()
  }

  async #startAll (signal: AbortSignal): Promise<void> {
    await this.#emulated?.start()
    await this.#startOne(this.bootstrap, {}, signal)
    const starts = new PQueue({ concurrency: this.#init.parallelStarts ?? PARALLEL_STARTS })
    const results = [this.origin, ...this.edges, ...this.corruptPeers, ...this.peers]
      .map(daemon => starts.add(() => this.#startOne(daemon, this.#joining, signal)))
    // All of them have ended before this does: a daemon still on its way up would be left behind.
    const failed = (await Promise.allSettled(results)).find(({ status }) => status === 'rejected')
    if (failed != null) throw (failed as PromiseRejectedResult).reason
  }

  /** What a daemon must know to join. */
  get #joining (): Settings {
    const { p2p = '' } = this.bootstrap.ready
    return { bootstrap: p2p.split(',').filter(address => address.includes('/tcp/')) }
  }

  async #startOne (daemon: Daemon, config: Settings, signal: AbortSignal): Promise<void> {
    const place = await this.#emulated?.place(daemon)
    const start: DaemonStart = { signal, config: { ...config, ...place?.config } }
    await daemon.start({ ...start, ...(place != null && { address: place.address }) })
  }

  #daemon (role: Role, name: string, index: number, isCorrupt = false): Daemon {
    const { folder, pack, entry } = this.#init
    const region = regionAt(index)
    const config = this.#config(role, region)
    const settings = { name, role, region, folder: join(folder, name), config, isCorrupt }
    if (pack == null) {
      return new DaemonProcess({ ...settings, ...(entry != null && !isCorrupt && { entry }) })
    }
    const isServer = role !== 'peer'
    return this.#pack(isServer ? name : `pack-${1 + Math.floor(index / pack)}`).daemon(settings)
  }

  #pack (name: string): Pack {
    const known = this.#packs.get(name)
    if (known != null) return known
    if (this.#emulated == null) throw new Error('nodes share a process in emulated networks only')
    const logPath = join(this.#init.folder, `${name}.log`)
    const pack = new Pack({ name, shape: this.#emulated.shape, logPath })
    this.#packs.set(name, pack)
    return pack
  }

  #config (role: Role, region: string): Settings {
    const { dht, tracker, config, roles, isRegionTold = true, degree = DEFAULT_DEGREE } = this.#init
    return {
      network: 'testnet',
      region: isRegionTold ? region : 'anywhere',
      listen: ['/ip4/127.0.0.1/tcp/0'],
      gateway: { host: '127.0.0.1', port: 0 },
      control: { host: '127.0.0.1', port: 0 },
      dht: { enabled: dht ? 'on' : 'off', mode: 'server' },
      ...(tracker || role === 'bootstrap' ? {} : { tracker: { enabled: 'off' } }),
      ...(role === 'peer' && { retrieval: { neighbours: degree } }),
      ...config,
      ...roles?.[role]
    }
  }
}

function regionAt (index: number): string {
  return REGIONS[index % REGIONS.length]!
}
