/**
 * `npm run testnet`: a whole network of real nodes plays a scenario, or one title, and says what
 * happened. in: flags. out: tables, figures, a report; exit code 0 when nothing was amiss.
 */

import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { Command, Option } from 'commander'
import { DEMO_TRACK } from './demo-track.ts'
import { DEFAULT_DEGREE } from './network.ts'
import { InterruptedError } from './interrupted-error.ts'
import { amiss, type RunResult, tableOf, totalLines, totalsOf } from './report.ts'
import { reportCommands } from './report-commands.ts'
import { type RunOptions, runTestnet } from './run.ts'
import { playScenario, type ScenarioAction, scenarioCommand } from './runner/command.ts'
import { SCENARIOS } from './scenarios/index.ts'
import { STAGES } from './staged-faults.ts'
import { wholeNumber } from './whole-number.ts'

interface Flags extends RunOptions { json: string, keep?: boolean, list?: boolean }

interface Actions { title: (flags: Flags) => Promise<void>, scenario: ScenarioAction }

/** The command line; an action gets what was given, checked. */
export function testnetCommand ({ title, scenario }: Actions): Command {
  const command = new Command('testnet')
    .description('Starts a bootstrap, an origin, edges and peers as real processes; ' +
      'they play a scenario or, without one, every peer plays one title.')
    // A scenario's flags are its own, though some have the name of one of ours.
    .enablePositionalOptions()
    .option('--list', 'name the scenarios')
    .option('--nodes <n>', 'peers that listen', wholeNumber(1, 160), 20)
    .option('--edges <n>', 'edges', wholeNumber(0, 16), 1)
    .option('--seed <n>', 'of every random decision', wholeNumber(0, 2 ** 31), 1)
    .option('--file <path>', 'what to publish', DEMO_TRACK)
    .option('--speed <x>', 'playback seconds per second', wholeNumber(1, 4), 4)
    .option('--gap <ms>', 'between two listeners', wholeNumber(0, 600_000), 1000)
    .option('--segment <duration>', 'length of a segment', '10s')
    .option('--bitrate <rate>', 'of the only rendition', '128k')
    .option('--degree <n>', 'neighbours a peer looks for', wholeNumber(0, 64), DEFAULT_DEGREE)
    .option('--pack <n>', 'peers that share a process', wholeNumber(1, 160))
    .option('--regions', 'in four regions, 20 to 200 ms from each other')
    .option('--no-dht', 'run without the DHT')
    .option('--no-tracker', 'run without the tracker')
    .addOption(new Option('--fault <name...>', 'what goes wrong on purpose').choices(STAGES))
    .option('--json <path>', 'where to write the result as JSON', 'out/testnet.json')
    .option('--keep', 'keep the folder with data and logs')
    .action(title)
  for (const each of SCENARIOS) command.addCommand(scenarioCommand(each, scenario))
  for (const each of reportCommands()) command.addCommand(each)
  return command
}

function list (): number {
  const width = Math.max(...SCENARIOS.map(({ name }) => name.length))
  for (const { name, about } of SCENARIOS) console.log(`${name.padEnd(width)}  ${about}`)
  return 0
}

/** The exit code. */
async function playTitle ({ json, keep, ...options }: Flags): Promise<number> {
  const say = (line: string): void => { console.log(line) }
  const onKept = (folder: string): void => { say(`data and logs are in ${folder}`) }
  try {
    const file = resolve(options.file)
    const run = await runTestnet({ ...options, file, ...(keep === true && { onKept }) }, say)
    await writeJson(run, json)
    say([tableOf(run), ...totalLines(run), `the result is in ${json}`].join('\n'))
    const wrong = amiss(run)
    say(wrong.length === 0 ? 'testnet passed' : `testnet failed: ${wrong.join('; ')}`)
    return wrong.length === 0 ? 0 : 1
  } catch (error) {
    say(`testnet failed: ${error instanceof Error ? error.message : String(error)}`)
    return error instanceof InterruptedError ? error.exitCode : 1
  }
}

async function writeJson (run: RunResult, path: string): Promise<void> {
  await mkdir(dirname(resolve(path)), { recursive: true })
  const result = { ...run, totals: totalsOf(run), amiss: amiss(run) }
  await writeFile(path, `${JSON.stringify(result, null, 2)}\n`)
}

if (import.meta.main) {
  await testnetCommand({
    title: async flags => { process.exitCode = flags.list ? list() : await playTitle(flags) },
    scenario: async (scenario, flags) => {
      process.exitCode = await playScenario(scenario, flags)
    }
  }).parseAsync()
}
