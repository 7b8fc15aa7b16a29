/**
 * One daemon of a testnet, whether a process of its own or packed into one with others.
 */

import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Role } from '../protocols/exchange/index.ts'
import type { Conduct } from './conduct.ts'
import type { HostShape } from './wires.ts'

export type Settings = Record<string, unknown>

export interface DaemonSettings {
  name: string
  role: Role
  /** Where it stands, whatever it says; what it says unless given. */
  region?: string
  /** Holds the config, the data and the log of this daemon. */
  folder: string
  /** Goes into the daemon's YAML file as it is. */
  config: Settings
  /** How it is not as it should be, until it is told otherwise. */
  conduct?: Conduct
}

export interface DaemonStart {
  signal?: AbortSignal
  /** What was not known before. */
  config?: Settings
  /** An IP address of its own, in 127.0.0.0/8, that it dials from. */
  address?: string
  /** Of its host, where the daemon itself has to keep to them. */
  wires?: HostShape
}

export interface Daemon {
  readonly name: string
  readonly role: Role
  readonly region: string
  /** Of its process, which others may share; undefined while it does not run. */
  readonly pid: number | undefined
  readonly isRunning: boolean
  readonly logPath: string
  /** What it said when it was ready: peer, gateway, control, p2p. */
  readonly ready: Record<string, string>
  /**
   * Resolves when it is ready; after its end, starts it again on the same data. Rejects with its
   * last words when it ends instead.
   */
  start (options?: DaemonStart): Promise<void>
  /** Asks it to stop and waits for its end. */
  stop (): Promise<void>
  /** Without a goodbye to anybody. */
  kill (): Promise<void>
  /** Other wires while it runs; without effect where its links keep to them. */
  rewire (wires: HostShape): Promise<void>
  /** How it behaves from now on, or from its next start, where it is a process of its own. */
  conduct (conduct: Conduct): Promise<void>
}

export function regionOfDaemon ({ region, config }: DaemonSettings): string {
  return region ?? String(config.region ?? '')
}

/** Writes a daemon's file of settings, and says where it is. */
export async function writeSettings (
  { name, folder, config }: DaemonSettings, more: Settings = {}
): Promise<string> {
  await mkdir(folder, { recursive: true })
  const path = join(folder, 'cdnd.yaml')
  // JSON is YAML, and needs no library to write.
  const written = { name, data: join(folder, 'data'), ...config, ...more }
  await writeFile(path, JSON.stringify(written, null, 2))
  return path
}
