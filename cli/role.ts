/**
 * A role as a running node: what `cdnd` starts, whatever the role.
 */

import type { Config } from '../daemon/config.ts'
import type { PublishProgress } from '../protocols/control/index.ts'

export interface StartRoleOptions {
  /** Aborts when the process is asked to end, also while it starts. */
  signal: AbortSignal
  /** Files an origin publishes once it runs. */
  files: string[]
  /** Told of each file while it is published. */
  onProgress?: (file: string, progress: PublishProgress) => void
  /** True where the process is the node's: an error nobody caught then ends both, exit code 1. */
  ownsProcess?: boolean
}

export interface RunningRole {
  /** What the ready line says: peer, gateway, control, p2p, in this order. */
  ready: Record<string, string>
  /** Resolves once the node has stopped, by {@link stop} or by its control API. */
  stopped: Promise<void>
  stop (): Promise<void>
}

export type StartRole = (config: Config, options: StartRoleOptions) => Promise<RunningRole>
