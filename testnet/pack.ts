/**
 * A process that daemons share: a fraction of the memory and start-up of one each.
 * in: how many fit, the network's shape. out: daemons in it.
 */

import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Role } from '../protocols/exchange/index.ts'
import type { Conduct } from './conduct.ts'
import {
  type Daemon, type DaemonSettings, type DaemonStart, regionOfDaemon, writeSettings
} from './daemon.ts'
import type { NetworkShape } from './distance.ts'
import type { PackAnswer, PackCall } from './pack-worker.ts'
import type { NodeSnapshot } from './packed-nodes.ts'
import type { HostShape } from './wires.ts'
import { WorkerProcess } from './worker-process.ts'

const WORKER = fileURLToPath(new URL('./pack-worker.ts', import.meta.url))

/**
 * Some times what nodes need. V8 lets a heap that may take 2 GiB grow to four times what lives in
 * it before it collects, one of 800 MiB to one and a half times.
 */
const HEAP_MIB = 256
const NODE_HEAP_MIB = 27

export interface PackInit {
  name: string
  shape: NetworkShape
  /** Daemons that it is for. */
  size: number
  /** Where the process says what no daemon of it does. */
  logPath: string
}

export class Pack {
  readonly #worker: WorkerProcess<PackCall, PackAnswer>
  #running = 0
  #sides: ReadonlyArray<readonly string[]> = []

  constructor ({ name, shape, size, logPath }: PackInit) {
    const nodeOptions = [`--max-old-space-size=${HEAP_MIB + size * NODE_HEAP_MIB}`]
    this.#worker = new WorkerProcess({ name, file: WORKER, settings: shape, logPath, nodeOptions })
  }

  get pid (): number | undefined { return this.#worker.pid }

  daemon (settings: DaemonSettings): PackedDaemon {
    return new PackedDaemon(settings, this)
  }

  /** The process starts with its first daemon, and ends with its last. */
  async start (start: PackCall & { do: 'start' }): Promise<Record<string, string>> {
    if (this.pid == null) this.#running = 0
    await this.#worker.start()
    if (this.#running === 0) await this.divide(this.#sides)
    const { ready = {} } = await this.#worker.call(start)
    this.#running++
    return ready
  }

  async end (how: 'stop' | 'cut', name: string): Promise<void> {
    await this.#worker.call({ do: how, name })
    if (--this.#running === 0) await this.#worker.stop()
  }

  /** Also one that no daemon ever started in. */
  async stop (): Promise<void> {
    await this.#worker.stop()
  }

  /** Addresses of one side do not reach those of another, also after another start. */
  async divide (sides: ReadonlyArray<readonly string[]>): Promise<void> {
    this.#sides = sides
    if (this.pid != null) await this.#worker.call({ do: 'divide', sides })
  }

  async rewire (name: string, wires: HostShape): Promise<void> {
    await this.#worker.call({ do: 'rewire', name, wires })
  }

  async conduct (name: string, conduct: Conduct): Promise<void> {
    await this.#worker.call({ do: 'conduct', name, conduct })
  }

  /** As a daemon by itself does after a minute at rest; those that share a process never all do. */
  async rest (): Promise<void> {
    if (this.pid != null) await this.#worker.call({ do: 'rest' })
  }

  async snapshot (): Promise<NodeSnapshot[]> {
    return this.pid == null ? [] : (await this.#worker.call({ do: 'snapshot' })).nodes ?? []
  }
}

export class PackedDaemon implements Daemon {
  readonly name: string
  readonly role: Role
  ready: Record<string, string> = {}
  readonly #settings: DaemonSettings
  readonly #pack: Pack
  #conduct: Conduct
  #isUp = false

  constructor (settings: DaemonSettings, pack: Pack) {
    this.name = settings.name
    this.role = settings.role
    this.#settings = settings
    this.#conduct = settings.conduct ?? {}
    this.#pack = pack
  }

  get pid (): number | undefined { return this.isRunning ? this.#pack.pid : undefined }
  get region (): string { return regionOfDaemon(this.#settings) }
  get logPath (): string { return join(this.#settings.folder, 'log') }
  get isRunning (): boolean { return this.#isUp && this.#pack.pid != null }

  async start ({ signal, config, address, wires }: DaemonStart = {}): Promise<void> {
    const { name, role, logPath } = this
    const file = await writeSettings(this.#settings, config)
    // A node started after the end of the run would be nobody's to stop.
    signal?.throwIfAborted()
    if (address == null) throw new Error(`${name} shares a process, and has no address of its own`)
    this.ready = await this.#pack.start({
      do: 'start',
      start: { name, role, file, logPath, address, conduct: this.#conduct, ...(wires && { wires }) }
    })
    this.#isUp = true
  }

  async rewire (wires: HostShape): Promise<void> {
    if (this.isRunning) await this.#pack.rewire(this.name, wires)
  }

  async conduct (conduct: Conduct): Promise<void> {
    this.#conduct = conduct
    if (this.isRunning) await this.#pack.conduct(this.name, conduct)
  }

  async stop (): Promise<void> { await this.#end('stop') }
  async kill (): Promise<void> { await this.#end('cut') }

  async #end (how: 'stop' | 'cut'): Promise<void> {
    if (!this.isRunning) return
    this.#isUp = false
    await this.#pack.end(how, this.name)
  }
}
