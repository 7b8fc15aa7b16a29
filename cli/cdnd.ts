/**
 * `cdnd`: runs a node. in: a role, settings, files to publish. out: a `ready` line on stdout, and a
 * node until it is asked to end.
 */

import { Command, CommanderError, Option } from 'commander'
import { type ConfigSources, loadConfig, SETTINGS } from '../daemon/config.ts'
import { InvalidArgumentError } from '../protocols/errors.ts'
import type { Role } from '../protocols/exchange/index.ts'
import { VERSION } from '../protocols/version.ts'
import { exitCodeOf } from './exit-code.ts'
import { printError } from './output.ts'
import { progressOn } from './progress.ts'
import type { StartRole } from './role.ts'
import { StoppedError, stopSignal } from './stop-signal.ts'

/** What is left of a stopped node, such as a timer of libp2p's, keeps the process no longer. */
const LINGER_MS = 200

const ROLES: Record<Role, string> = {
  peer: "a listener's node: fetches, plays and passes on",
  edge: 'a public HTTP cache in front of origins',
  origin: 'publishes files and serves them',
  bootstrap: 'where nodes meet: DHT server and tracker'
}

export interface DaemonContext {
  stdout: { write: (text: string) => unknown }
  stderr: NodeJS.WriteStream
  signal: AbortSignal
  startRole: StartRole
}

/** Runs the node to its end; its exit code is the process's. */
export async function main (argv: string[]): Promise<void> {
  const startRole: StartRole = async (config, options) =>
    await (await import('./start-role.ts')).startRole(config, options)
  const { stdout, stderr } = process
  process.exitCode = await runDaemon(argv, { stdout, stderr, signal: stopSignal(), startRole })
  setTimeout(() => process.exit(), LINGER_MS).unref()
}

/** The exit code, once the node has stopped. */
export async function runDaemon (argv: string[], context: DaemonContext): Promise<number> {
  const program = programOf(context)
  try {
    await program.parseAsync(argv, { from: 'user' })
    return 0
  } catch (error) {
    if (error instanceof StoppedError) return 0
    // Commander has printed its own.
    if (!(error instanceof CommanderError)) {
      printError(error, context.stderr, 'cdnd', { verbose: argv.includes('--verbose') })
    }
    return exitCodeOf(error)
  }
}

function programOf (context: DaemonContext): Command {
  const program = new Command('cdnd')
    .description('Run a node of a cdnd network: a peer, unless another role is named.')
    .version(VERSION, '-V, --version')
    .configureOutput({
      writeOut: text => { context.stdout.write(text) },
      writeErr: text => { context.stderr.write(text) }
    })
    .exitOverride()
    .showHelpAfterError('(see "cdnd --help")')
    .addHelpText('after', '\nThe settings are listed by "cdnd peer --help".')
  for (const role of Object.keys(ROLES) as Role[]) {
    const command = program.command(role, { isDefault: role === 'peer' })
      .description(ROLES[role])
      .option('-c, --config <file>', 'a YAML file of settings')
      .option('--verbose', 'print where in the program an error arose')
      .action(async (...given: unknown[]) => await run(role, given.at(-1) as Command, context))
    if (role === 'origin') command.argument('[files...]', 'audio or video to publish')
    else command.allowExcessArguments()
    addSettings(command, role)
  }
  return program
}

/** A flag a setting; those of the role's own section also without its name: `--bitrates`. */
function addSettings (command: Command, role: Role): void {
  for (const { key, flag, env, description } of SETTINGS) {
    if (key === 'role') continue
    const section = key.includes('.') ? key.split('.')[0]! : 'node'
    const flags = section === role ? `${flag.replace(`${role}-`, '')}, ${flag}` : flag
    command.addOption(new Option(`${flags} <value>`, `${description} [${env}]`)
      .helpGroup(`Settings (${section}):`)
      .argParser((value, previous: string | string[] | undefined) =>
        previous === undefined ? value : [previous, value].flat()))
  }
}

/** Flags by setting; what was not given is undefined. */
function sourcesOf (role: Role, command: Command): ConfigSources {
  const given = command.opts<Record<string, unknown>>()
  const flags = Object.fromEntries(SETTINGS.map(({ key, flag }) =>
    [key, given[new Option(flag).attributeName()]]))
  return {
    flags: { ...flags, role },
    ...typeof given.config === 'string' && { file: given.config }
  }
}

async function run (role: Role, command: Command, context: DaemonContext): Promise<void> {
  const { stdout, stderr, signal, startRole } = context
  if (role !== 'origin') refuseArguments(command.args)
  const { config } = loadConfig(sourcesOf(role, command))
  const progress = progressOn(stderr)
  const node = await startRole(config, {
    signal,
    ownsProcess: true,
    files: command.args,
    onProgress (file, state) {
      if ('percent' in state) {
        progress.show(`${file}: ${state.stage}`, state.percent / 100)
        return
      }
      progress.end()
      if (state.stage === 'done') stdout.write(`published ${state.id} ${state.title}\n`)
      else stderr.write(`cdnd: ${file} was not published: ${state.message}\n`)
    }
  })
  const ready = Object.entries(node.ready).map(([name, value]) => `${name}=${value}`)
  stdout.write(`cdnd ${role} ready ${ready.join(' ')}\n`)
  await Promise.race([node.stopped, aborted(signal)])
  await node.stop()
}

function refuseArguments ([first]: string[]): void {
  if (first === undefined) return
  const roles = Object.keys(ROLES).join(', ')
  throw new InvalidArgumentError(`"${first}" is not a role: choose ${roles}; ` +
    `a file is published by "cdnd origin ${first}"`)
}

async function aborted (signal: AbortSignal): Promise<void> {
  if (signal.aborted) return
  await new Promise<void>(resolve => {
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
}

if (import.meta.main) void main(process.argv.slice(2))
