/**
 * A network of real processes on this machine: a bootstrap, an origin, edges and peers.
 * in: how many. out: daemons that are ready; nothing is left when it is stopped.
 */

import { setMaxListeners } from 'node:events'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import PQueue from 'p-queue'
import { DEFAULT_PLAYBACK_SPEED } from '../daemon/retrieval/urgency.ts'
import { type ControlClient, createControlClient } from '../protocols/control/client.ts'
import type { Role } from '../protocols/exchange/index.ts'
import type { Conduct } from './conduct.ts'
import type { Daemon, DaemonStart, Settings } from './daemon.ts'
import { DaemonProcess } from './daemon-process.ts'
import { EmulatedNetwork, type EmulatedNetworkInit, type Place } from './emulated-network.ts'
import type { FaultyNetwork } from './faults/index.ts'
import { Pack } from './pack.ts'
import type { NodeSnapshot } from './packed-nodes.ts'
import { REGIONS, type Region } from './regions.ts'
import type { HostShape } from './wires.ts'

/** Higher: no core waits for a disk; lower: each is ready sooner. */
export const PARALLEL_STARTS = 3
/** As a peer has it by itself. */
export const DEFAULT_DEGREE = 8
/** Before each start, at most, by chance: nodes of the world do not come in step. */
const START_JITTER_MS = 100

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
  /** Daemons of each kind are in these by turns; all of {@link REGIONS} unless given. */
  regions?: readonly Region[]
  /** Neighbours a peer looks for, {@link DEFAULT_DEGREE}. */
  degree?: number
  /** Of the players, {@link DEFAULT_PLAYBACK_SPEED} or less unless given. */
  speed?: number
  /** Daemons that start at once, {@link PARALLEL_STARTS}. */
  parallelStarts?: number
  /** Told the ids of all processes that run, when there is another. */
  onProcesses?: (pids: number[]) => Promise<void>
}

export class Network implements FaultyNetwork {
  readonly bootstrap: Daemon
  readonly origin: Daemon
  readonly edges: Daemon[]
  readonly peers: Daemon[]
  readonly corruptPeers: Daemon[]
  readonly #init: NetworkInit
  readonly #emulated: EmulatedNetwork | undefined
  readonly #packs = new Map<string, Pack>()
  /** Of those that have other wires than they began with. */
  readonly #rewired = new Map<Daemon, HostShape>()
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
    this.corruptPeers = many(corrupt, i =>
      this.#daemon('peer', `corrupt-${i + 1}`, i, { misdeed: 'polluter' }))
    // Every daemon's start listens to it.
    setMaxListeners(0, this.#ends.signal)
  }

  /** Resolves when all are ready; rejects when one is not, or when the network is stopped. */
  async start (): Promise<void> {
    this.#starting = this.#startAll(this.#ends.signal)
    await this.#starting
  }

  /** One daemon again, that was stopped or killed, where others know it. */
  async restart (daemon: Daemon): Promise<void> {
    const listen = tcpOf(daemon).map(address => address.replace(/\/p2p\/.*/, ''))
    const joining = daemon === this.bootstrap ? {} : this.#joining
    const config = { ...joining, ...(listen.length > 0 && { listen }) }
    await this.#startOne(daemon, config, this.#ends.signal)
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

  /** Only in an emulated network. */
  async divide (sides: ReadonlyArray<readonly string[]>): Promise<void> {
    const emulated = this.#emulatedOnly()
    const byName = new Map(this.all().map(daemon => [daemon.name, daemon]))
    const addresses = await Promise.all(sides.map(side => Promise.all(side.map(async name =>
      (await emulated.place(byName.get(name)!)).address))))
    await Promise.all([emulated, ...this.#packs.values()].map(part => part.divide(addresses)))
  }

  /** Only in an emulated network. */
  async rewire (daemon: Daemon, wires?: HostShape): Promise<void> {
    const emulated = this.#emulatedOnly()
    wires == null ? this.#rewired.delete(daemon) : this.#rewired.set(daemon, wires)
    const now = wires ?? emulated.wiresOf(daemon.name)
    await emulated.rewire((await emulated.place(daemon)).address, now)
    await daemon.rewire(now)
  }

  async conduct (daemon: Daemon, conduct: Conduct): Promise<void> {
    const isProcess = this.#init.pack == null
    const wasRunning = daemon.isRunning
    if (isProcess) await daemon.stop()
    await daemon.conduct(conduct)
    if (isProcess && wasRunning) await this.restart(daemon)
  }

  all (): Daemon[] {
    return [...this.peers, ...this.corruptPeers, ...this.edges, this.origin, this.bootstrap]
  }

  /** Of those that share processes: whom they are connected to. */
  async snapshot (): Promise<NodeSnapshot[]> {
    return (await Promise.all([...this.#packs.values()].map(pack => pack.snapshot()))).flat()
  }

  /** {@link Pack.rest} of all. */
  async rest (): Promise<void> {
    await Promise.all([...this.#packs.values()].map(pack => pack.rest()))
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
      .map(daemon => starts.add(async () => {
        await sleep(START_JITTER_MS * Math.random(), undefined, { signal })
        await this.#startOne(daemon, this.#joining, signal)
      }))
    // All of them have ended before this does: a daemon still on its way up would be left behind.
    const failed = (await Promise.allSettled(results)).find(({ status }) => status === 'rejected')
    if (failed != null) throw (failed as PromiseRejectedResult).reason
  }

  /** What a daemon must know to join. */
  get #joining (): Settings {
    return { bootstrap: tcpOf(this.bootstrap) }
  }

  async #startOne (daemon: Daemon, config: Settings, signal: AbortSignal): Promise<void> {
    const place = await this.#emulated?.place(daemon)
    const there = place == null ? {} : this.#startAt(place, daemon, config)
    await daemon.start({ signal, config, ...there })
    const pids = this.all().flatMap(({ pid }) => pid ?? [])
    await this.#init.onProcesses?.([...new Set(pids)])
  }

  #startAt (place: Place, daemon: Daemon, config: Settings): DaemonStart {
    const wires = this.#rewired.get(daemon) ?? this.#emulated?.wiresOf(daemon.name) ?? {}
    const own: Settings = { ...config, ...place.config }
    if (place.isBehindNat) own.dht = { enabled: this.#init.dht ? 'on' : 'off', mode: 'client' }
    return { config: own, address: place.address, wires }
  }

  #emulatedOnly (): EmulatedNetwork {
    if (this.#emulated == null) throw new Error('only an emulated network has wires and sides')
    return this.#emulated
  }

  #daemon (role: Role, name: string, index: number, conduct: Conduct = {}): Daemon {
    const { folder, pack, entry, regions = REGIONS } = this.#init
    const region = regions[index % regions.length] ?? ''
    const config = this.#config(role, region)
    const settings = { name, role, region, folder: join(folder, name), config, conduct }
    if (pack == null) return new DaemonProcess({ ...settings, ...(entry != null && { entry }) })
    // In turn: those that begin to play one after the other do it in different processes.
    const shared = role === 'peer'
      ? this.#pack(`pack-${1 + index % Math.ceil(this.#init.nodes / pack)}`, pack)
      : this.#pack(name, 1)
    return shared.daemon(settings)
  }

  #pack (name: string, size: number): Pack {
    const known = this.#packs.get(name)
    if (known != null) return known
    if (this.#emulated == null) throw new Error('nodes share a process in emulated networks only')
    const logPath = join(this.#init.folder, `${name}.log`)
    const pack = new Pack({ name, shape: this.#emulated.shape, size, logPath })
    this.#packs.set(name, pack)
    return pack
  }

  #config (role: Role, region: string): Settings {
    const { dht, tracker, config, roles, isRegionTold = true } = this.#init
    const { degree = DEFAULT_DEGREE, speed = DEFAULT_PLAYBACK_SPEED } = this.#init
    const more: Settings = { ...config, ...roles?.[role] }
    const playbackSpeed = Math.max(speed, DEFAULT_PLAYBACK_SPEED)
    const retrieval = { neighbours: degree, playbackSpeed, ...more.retrieval as Settings }
    return {
      network: 'testnet',
      region: isRegionTold ? region : 'anywhere',
      listen: ['/ip4/127.0.0.1/tcp/0'],
      gateway: { host: '127.0.0.1', port: 0 },
      control: { host: '127.0.0.1', port: 0 },
      dht: { enabled: dht ? 'on' : 'off', mode: 'server' },
      ...(tracker || role === 'bootstrap' ? {} : { tracker: { enabled: 'off' } }),
      ...more,
      ...(role === 'peer' && { retrieval })
    }
  }
}

function tcpOf ({ ready: { p2p = '' } }: Daemon): string[] {
  return p2p.split(',').filter(address => address.includes('/tcp/'))
}
