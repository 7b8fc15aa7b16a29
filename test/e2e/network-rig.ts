/**
 * A network of real processes for one test file.
 * in: roles and settings. out: daemons on 127.0.0.1, titles published by their origin, and nothing
 * left behind once it is closed.
 */

import { createHash } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type ControlClient, createControlClient } from '../../protocols/control/client.ts'
import type { PublishProgress, PublishRequest, Status } from '../../protocols/control/index.ts'
import type { Role } from '../../protocols/exchange/index.ts'
import { DaemonProcess, type ProcessSettings } from '../../testnet/daemon-process.ts'
import { mediaFiles } from '../../testnet/player.ts'

const POLL_MS = 20
const UNTIL_MS = 15_000
const ANSWER_TIMEOUT_MS = 30_000

export type Settings = Record<string, unknown>
export type Published = Extract<PublishProgress, { stage: 'done' }>

/** A file of a title as somebody served it. */
export interface Served {
  status: number
  /** Of the body, in hex. */
  sha256: string
  /** The header `cdnd-sources`: where the bytes came from. */
  sources: string
}

/** Resolves once `isSo`; what is waited for is named when it does not come. */
export async function until (
  isSo: () => boolean | Promise<boolean>, what: string, timeoutMs = UNTIL_MS
): Promise<void> {
  const endMs = performance.now() + timeoutMs
  while (!await isSo()) {
    if (performance.now() > endMs) throw new Error(`waited ${timeoutMs} ms in vain for ${what}`)
    await sleep(POLL_MS)
  }
}

export class NetworkRig {
  readonly folder: string
  readonly #shared: Settings
  readonly #program: Pick<ProcessSettings, 'entry'>
  readonly #daemons: DaemonProcess[] = []
  readonly #configs = new Map<DaemonProcess, Settings>()

  private constructor (
    folder: string, shared: Settings, program: Pick<ProcessSettings, 'entry'>
  ) {
    this.folder = folder
    this.#shared = shared
    this.#program = program
  }

  /** `shared` are settings of every daemon, unless it has its own; `program` is what they run. */
  static async open (
    shared: Settings = {}, program: Pick<ProcessSettings, 'entry'> = {}
  ): Promise<NetworkRig> {
    return new NetworkRig(await mkdtemp(join(tmpdir(), 'cdnd-e2e-')), shared, program)
  }

  /** Ends what still runs, and removes the folder. */
  async close (): Promise<void> {
    await Promise.all(this.#daemons.map(daemon => daemon.stop()))
    await rm(this.folder, { recursive: true, force: true })
  }

  /** Starts a daemon; the bootstraps started before are its own. */
  async start (role: Role, name: string = role, settings: Settings = {}): Promise<DaemonProcess> {
    const config: Settings = {
      network: 'e2e',
      listen: ['/ip4/127.0.0.1/tcp/0'],
      gateway: { host: '127.0.0.1', port: 0 },
      control: { host: '127.0.0.1', port: 0 },
      dht: { mode: 'server' },
      store: { keepFree: '0' },
      bootstrap: this.bootstrapAddresses(),
      ...this.#shared,
      ...settings
    }
    const folder = join(this.folder, name)
    const daemon = new DaemonProcess({ name, role, folder, config, ...this.#program })
    this.#daemons.push(daemon)
    this.#configs.set(daemon, config)
    await daemon.start()
    this.#keepPorts(daemon, config)
    return daemon
  }

  /** Starts an ended daemon again, on its folder and ports, with more settings if given. */
  async restart (daemon: DaemonProcess, settings: Settings = {}): Promise<void> {
    Object.assign(this.#configs.get(daemon)!, settings)
    await daemon.start()
  }

  bootstrapAddresses (): string[] {
    return this.#daemons.filter(({ role }) => role === 'bootstrap').flatMap(addressesOf)
  }

  dataOf ({ name }: DaemonProcess): string {
    return join(this.folder, name, 'data')
  }

  control (daemon: DaemonProcess): Promise<ControlClient> {
    return createControlClient({ data: this.dataOf(daemon) })
  }

  async status (daemon: DaemonProcess): Promise<Status> {
    return await (await this.control(daemon)).status()
  }

  async publish (origin: DaemonProcess, request: PublishRequest): Promise<Published> {
    for await (const progress of (await this.control(origin)).publish(request)) {
      if (progress.stage === 'done') return progress
    }
    throw new Error(`the origin did not publish ${request.path}`)
  }

  /** Peer IDs of those who have a title, as the bootstrap's tracker names them. */
  async providersOf (id: string): Promise<string[]> {
    const bootstrap = this.#daemons.find(({ role }) => role === 'bootstrap')!
    const url = `${gatewayOf(bootstrap)}/providers/${id}`
    const { providers } = await getJson<{ providers: Array<{ peer: string }> }>(url)
    return providers.map(({ peer }) => peer)
  }

  /** Waits until the tracker names `daemon` as one who has the title. */
  async untilProvides ({ name, ready }: DaemonProcess, id: string): Promise<void> {
    await until(async () => (await this.providersOf(id)).includes(ready.peer!),
      `${name} among the providers of ${id}`)
  }

  /** A restarted daemon takes the ports it had. */
  #keepPorts (daemon: DaemonProcess, config: Settings): void {
    const { gateway = '', control = '' } = daemon.ready
    const kept = { gateway: portOf(gateway), control: portOf(control) }
    config.gateway = { ...config.gateway as object, port: kept.gateway }
    config.control = { ...config.control as object, port: kept.control }
    const listened = addressesOf(daemon).map(address => address.replace(/\/p2p\/.*$/, ''))
    if (listened.length > 0) config.listen = listened
  }
}

export function portOf (url: string): number {
  return Number(new URL(url).port)
}

/** The multiaddrs of a ready daemon, each with its peer ID. */
export function addressesOf ({ ready }: DaemonProcess): string[] {
  return (ready.p2p ?? '').split(',').filter(address => address !== '')
}

export function gatewayOf ({ ready }: DaemonProcess): string {
  return ready.gateway ?? ''
}

export async function logOf ({ logPath }: DaemonProcess): Promise<string> {
  return await readFile(logPath, 'utf8').catch(() => '') // Absent until something is logged.
}

export async function get (url: string, init: RequestInit = {}): Promise<Response> {
  return await fetch(url, { signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS), ...init })
}

export async function getJson<T> (url: string): Promise<T> {
  return await (await get(url)).json() as T
}

export async function served (url: string): Promise<Served> {
  const answer = await get(url)
  const bytes = new Uint8Array(await answer.arrayBuffer())
  return {
    status: answer.status,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    sources: answer.headers.get('cdnd-sources') ?? ''
  }
}

/** Every init section and segment of a title by path (`128k/0.m4s`), as one daemon has it. */
export async function servedTitle (
  daemon: DaemonProcess, { id, renditions }: Pick<Published, 'id' | 'renditions'>
): Promise<Map<string, Served>> {
  const files = new Map<string, Served>()
  for (const rendition of renditions) {
    const base = `${gatewayOf(daemon)}/hls/${id}/${rendition}`
    for (const { name } of await mediaFiles(`${base}/index.m3u8`)) {
      files.set(`${rendition}/${name}`, await served(`${base}/${name}`))
    }
  }
  return files
}

/** Path → status and hash: what must be the same wherever the title is served. */
export function contentOf (files: ReadonlyMap<string, Served>): Record<string, string> {
  return Object.fromEntries([...files].map(([path, { status, sha256 }]) =>
    [path, `${status} ${sha256}`]))
}

/** Bytes by source over all files of a title. */
export function sourcesOf (files: ReadonlyMap<string, Served>): Record<string, number> {
  const total: Record<string, number> = { local: 0, peer: 0, edge: 0, origin: 0 }
  for (const { sources } of files.values()) {
    for (const part of sources.split(',').filter(part => part !== '')) {
      const [source, bytes] = part.split('=')
      total[source!] = (total[source!] ?? 0) + Number(bytes)
    }
  }
  return total
}
