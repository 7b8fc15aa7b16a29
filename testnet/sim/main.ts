/**
 * `npm run sim`: a scenario in virtual time, with as many nodes as one likes.
 * in: flags. out: figures, what the run cost, the record as JSON.
 */

import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Command, InvalidArgumentError, Option } from 'commander'
import type { RunRecord } from '../run-record.ts'
import { useLightAbort } from './light-abort.ts'
import { SCENES } from './scenes.ts'
import { PEER_WIRES, SERVER_WIRE, type SimulationInit, simulate } from './simulate.ts'
import { summaryOf, summaryLine } from './summary.ts'

interface Flags {
  nodes: number
  scenario: string
  seed: number
  speed: number
  degree: number
  rtt?: number
  plays: number
  report: string
  sweep: boolean
}

/** Sizes of a sweep, up to `--nodes`. */
const SWEEP = [20, 40, 80, 160, 320, 640, 1_250, 2_500, 5_000, 10_000]

const wholeNumber = (least: number, most: number) => (text: string): number => {
  const value = Number(text)
  if (text.trim() === '' || !Number.isInteger(value) || value < least || value > most) {
    throw new InvalidArgumentError(`give a whole number from ${least} to ${most}`)
  }
  return value
}

/** The command line; `action` gets what was given, checked. */
export function simCommand (action: (flags: Flags) => Promise<void>): Command {
  return new Command('sim')
    .description('Plays a scenario in virtual time: the code that decides is the daemon\'s.')
    .option('--nodes <n>', 'peers that listen', wholeNumber(1, 20_000), 160)
    .addOption(new Option('--scenario <name>', 'what they do').choices(Object.keys(SCENES))
      .default('zipf-day'))
    .option('--seed <n>', 'of every random decision', wholeNumber(0, 2 ** 31), 1)
    .option('--speed <x>', 'playback seconds per second', wholeNumber(1, 4), 4)
    .option('--degree <n>', 'neighbours a peer looks for', wholeNumber(0, 64), 8)
    .option('--rtt <ms>', 'between any two, and one edge; four regions unless given',
      wholeNumber(0, 10_000))
    .option('--plays <n>', 'of each listener', wholeNumber(1, 1_000), 20)
    .option('--report <folder>', 'where the records go', 'out/sim')
    .option('--sweep', 'all sizes from 20 to --nodes, one after the other', false)
    .action(action)
}

function initOf ({ scenario, nodes, seed, speed, degree, rtt, plays }: Flags): SimulationInit {
  return {
    ...PEER_WIRES,
    scenario,
    seed,
    speed,
    degree,
    peers: nodes,
    edges: rtt == null ? 4 : 1,
    ...(rtt != null && { rttMs: rtt }),
    serverBytesPerSecond: SERVER_WIRE,
    trace: SCENES[scenario]!({ seed, listeners: nodes, plays })
  }
}

async function sim (flags: Flags): Promise<void> {
  const say = (line: string): void => { console.log(line) }
  const sizes = flags.sweep ? SWEEP.filter(size => size <= flags.nodes) : [flags.nodes]
  await mkdir(flags.report, { recursive: true })
  const rows: object[] = []
  for (const nodes of sizes) {
    const { record, cost } = await run({ ...flags, nodes }, say)
    const summary = { nodes, ...summaryOf(record), ...cost }
    rows.push(summary)
    say(summaryLine(summary))
    await writeFile(join(flags.report, `${flags.scenario}-${nodes}.json`), JSON.stringify(record))
  }
  await writeFile(join(flags.report, `${flags.scenario}-sweep.json`), JSON.stringify(rows, null, 2))
  say(`the records are in ${flags.report}`)
}

interface Cost { seconds: number, cpuSeconds: number, memoryBytes: number }

async function run (
  flags: Flags, say: (line: string) => void
): Promise<{ record: RunRecord, cost: Cost }> {
  const beganMs = performance.now()
  const before = process.cpuUsage()
  const record = await simulate({ ...initOf(flags), onProgress: say })
  const { user, system } = process.cpuUsage(before)
  return {
    record,
    cost: {
      seconds: (performance.now() - beganMs) / 1000,
      cpuSeconds: (user + system) / 1e6,
      memoryBytes: process.resourceUsage().maxRSS * 1024
    }
  }
}

if (import.meta.main) {
  useLightAbort()
  // An error that is but a signal's reason needs no stack; ten thousand nodes make millions.
  Error.stackTraceLimit = 0
  await simCommand(sim).parseAsync()
}
