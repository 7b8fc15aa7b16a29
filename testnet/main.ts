/**
 * `npm run testnet`: a whole network of real processes plays a title and says what happened.
 * in: flags. out: a table, totals, JSON; exit code 0 when nothing was amiss.
 */

import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { Command, InvalidArgumentError, Option } from 'commander'
import { DEMO_TRACK } from './demo-track.ts'
import { FAULTS } from './faults.ts'
import { DEFAULT_DEGREE } from './network.ts'
import { InterruptedError } from './own-network.ts'
import { amiss, type RunResult, tableOf, totalLines, totalsOf } from './report.ts'
import { type RunOptions, runTestnet } from './run.ts'

interface Flags extends RunOptions { json: string, keep?: boolean }

const wholeNumber = (least: number, most: number) => (text: string): number => {
  const value = Number(text)
  if (text.trim() === '' || !Number.isInteger(value) || value < least || value > most) {
    throw new InvalidArgumentError(`give a whole number from ${least} to ${most}`)
  }
  return value
}

/** The command line; `action` gets what was given, checked. */
export function testnetCommand (action: (flags: Flags) => Promise<void>): Command {
  return new Command('testnet')
    .description('Starts a bootstrap, an origin, edges and peers as real processes; ' +
      'every peer plays one title.')
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
    .addOption(new Option('--fault <name...>', 'what goes wrong on purpose').choices(FAULTS))
    .option('--json <path>', 'where to write the result as JSON', 'out/testnet.json')
    .option('--keep', 'keep the folder with data and logs')
    .action(action)
}

/** The exit code. */
async function testnet ({ json, keep, ...options }: Flags): Promise<number> {
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
  await testnetCommand(async flags => { process.exitCode = await testnet(flags) }).parseAsync()
}
