/**
 * What every command of cdn-cli is given: streams, the request to end, and how to reach a daemon.
 */

import type { Command } from 'commander'
import type { ControlClient } from '../protocols/control/client.ts'
import type { Role } from '../protocols/exchange/index.ts'
import { type PrintOptions, printResult, type Result } from './output.ts'
import type { Progress } from './progress.ts'

/** Options before or after any command. */
export interface GlobalOptions extends PrintOptions {
  /** The daemon's data folder; without it, the default folders of all roles are looked into. */
  data?: string
}

/** How to do without a running daemon. */
export interface NodeOptions extends GlobalOptions {
  /** Multiaddrs; given, a node of our own is started for this command. */
  bootstrap?: string[]
  network?: string
}

export interface CliContext {
  stdout: { write: (bytes: string | Uint8Array) => unknown }
  stderr: { write: (text: string) => unknown }
  progress: Progress
  signal: AbortSignal
  /** The running daemon; of several, one of the `preferred` role. */
  connect: (options: GlobalOptions, preferred?: Role) => Promise<ControlClient>
  /** Calls `use` with the running daemon or, given `bootstrap`, a node that lives for the call. */
  withNode: <T>(options: NodeOptions, use: (client: ControlClient) => Promise<T>) => Promise<T>
}

/** A commander action that prints what `work` returns. */
export function act<O extends GlobalOptions> (
  { stdout, stderr, progress }: CliContext, work: (args: string[], options: O) => Promise<Result>
) {
  return async (...given: unknown[]): Promise<void> => {
    const command = given.at(-1) as Command
    const options = command.optsWithGlobals<O>()
    const result = await work(command.args, options).finally(() => progress.end())
    printResult(result, result.isAside === true ? stderr : stdout, options)
  }
}

/** Adds the options of {@link NodeOptions} to a command. */
export function takesNodeOptions (command: Command): Command {
  return command
    .option('--bootstrap <multiaddr...>', 'start a node for this command; it joins by these')
    .option('--network <name>', 'the network that node joins')
}
