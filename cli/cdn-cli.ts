/**
 * `cdn-cli`: what people ask of a node. in: a command line. out: a printed answer and an exit code.
 */

import tab from '@bomb.sh/tab/commander'
import { Command, CommanderError } from 'commander'
import { NoDaemonError } from '../protocols/errors.ts'
import { VERSION } from '../protocols/version.ts'
import { COMMANDS } from './commands/index.ts'
import type { CliContext, GlobalOptions } from './context.ts'
import { EXIT_CODES, exitCodeOf } from './exit-code.ts'
import { printError } from './output.ts'
import { progressOn } from './progress.ts'
import { runningDaemon } from './running-daemon.ts'
import { withShortLivedNode } from './short-lived-node.ts'
import { stopSignal } from './stop-signal.ts'

const NAME = 'cdn-cli'

/** Runs the command; its exit code is the process's. */
export async function main (argv: string[]): Promise<void> {
  process.exitCode = await runCli(argv, processContext(stopSignal()))
}

/** The exit code, after everything is printed. */
export async function runCli (argv: string[], context: CliContext): Promise<number> {
  const program = programOf(context)
  try {
    await program.parseAsync(argv, { from: 'user' })
    return 0
  } catch (error) {
    context.progress.end()
    // Commander has printed its own.
    if (!(error instanceof CommanderError)) {
      printError(error, context.stderr, NAME, program.opts<GlobalOptions>())
    }
    return exitCodeOf(error)
  }
}

function programOf (context: CliContext): Command {
  const program = new Command(NAME)
    .description('Publish, fetch and look after titles on a cdnd network.')
    .version(VERSION, '-V, --version')
    .option('--data <folder>', "the daemon's data folder; the default folders otherwise")
    .option('--json', 'print JSON')
    .option('--verbose', 'print where in the program an error arose')
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: text => { context.stdout.write(text) },
      writeErr: text => { context.stderr.write(text) }
    })
    .showHelpAfterError(`(see "${NAME} --help")`)
    .exitOverride()
    .addHelpText('after', `\nExit codes:\n${exitCodeHelp()}`)
  for (const command of COMMANDS) {
    program.addCommand(withSettingsOf(program, command(context)))
  }
  tab(program, { completionCommandName: 'completion' })
  return program
}

/** `addCommand`, unlike `command`, does not hand settings down. */
function withSettingsOf (program: Command, command: Command): Command {
  command.copyInheritedSettings(program)
  for (const child of command.commands) withSettingsOf(program, child)
  return command
}

function exitCodeHelp (): string {
  return EXIT_CODES
    .map(({ code, meaning }) => `  ${String(code).padStart(2)}  ${meaning}`).join('\n')
}

function processContext (signal: AbortSignal): CliContext {
  const connect: CliContext['connect'] = async ({ data = process.env.CDND_DATA }, preferred) =>
    await runningDaemon(data, preferred, { signal })
  return {
    stdout: process.stdout,
    stderr: process.stderr,
    progress: progressOn(process.stderr),
    signal,
    connect,
    async withNode (options, use) {
      if (options.bootstrap !== undefined) return await withShortLivedNode(options, use, { signal })
      return await use(await connect(options).catch(hintingAtBootstrap))
    }
  }
}

function hintingAtBootstrap (error: unknown): never {
  if (!(error instanceof NoDaemonError)) throw error
  const hint = 'or do without one by --bootstrap MULTIADDR'
  throw new NoDaemonError(`${error.message}, ${hint}`, { cause: error })
}

if (import.meta.main) void main(process.argv.slice(2))
