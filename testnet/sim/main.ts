/**
 * `npm run sim`: a scenario in virtual time, with as many nodes as one likes.
 * in: flags. out: figures, what the run cost, its report; of a sweep, a page with all sizes; exit
 * code 1 when a goal was missed.
 */

import { join } from 'node:path'
import { Command, Option } from 'commander'
import { readRecord } from '../compare.ts'
import { writeReport } from '../report-page/index.ts'
import { figuresOf, shown } from '../run-figures.ts'
import { isMet, type RunRecord } from '../run-record.ts'
import { verdictLine, verdictsOf } from '../runner/verdicts.ts'
import { type Scene, SERVER_WIRE, type Scenario } from '../scenario.ts'
import { SCENARIOS } from '../scenarios/index.ts'
import { wholeNumber } from '../whole-number.ts'
import { useLightAbort } from './light-abort.ts'
import { useLightEvents } from './light-events.ts'
import { PEER_WIRES, type SimulationInit, simulate } from './simulate.ts'

export interface SimFlags {
  nodes: number
  scenario: string
  seed: number
  speed: number
  degree: number
  rtt?: number
  plays?: number
  pack?: number
  cores: number
  report: string
  beside?: string
  sweep: boolean
}

/** Sizes of a sweep, as far as `--nodes`. */
const SWEEP = [20, 40, 80, 160, 320, 640, 1_250, 2_500, 5_000, 10_000]

/** Those in which nothing goes wrong: faults are not simulated. */
const SIMULATED = SCENARIOS.filter(scenario => isSimulated(sceneOf(scenario, 1, 1)))

/** Only a testnet takes time for it. */
const NOT_SIMULATED = ['time until all were up']

const LINE = [
  'offload', 'offload ÷ ceiling', 'server bytes ÷ floor', 'server bytes ÷ played',
  'cross-region share', 'start-up p50', 'start-up p95', 'start-up p99', 'stalls'
]

/** The command line; `action` gets what was given, checked. */
export function simCommand (action: (flags: SimFlags) => Promise<void>): Command {
  return new Command('sim')
    .description('Plays a scenario in virtual time; the code that decides is the daemon\'s.')
    .option('--nodes <n>', 'peers that listen', wholeNumber(1, 20_000), 160)
    .addOption(new Option('--scenario <name>', 'what they do')
      .choices(SIMULATED.map(({ name }) => name)).default('zipf-day'))
    .option('--seed <n>', 'of every random decision', wholeNumber(0, 2 ** 31), 1)
    .option('--speed <x>', 'playback seconds per second', wholeNumber(1, 4), 4)
    .option('--degree <n>', 'neighbours a peer looks for', wholeNumber(0, 64), 8)
    .option('--rtt <ms>', 'between any two, and one edge; four regions unless given',
      wholeNumber(0, 10_000))
    .option('--plays <n>', 'of each listener; all of its day unless given', wholeNumber(1, 1_000))
    .option('--pack <n>', 'peers that share a program, as the testnet packs them, all programs ' +
      '--cores; work takes no time unless given', wholeNumber(1, 1_000))
    .option('--cores <n>', 'processors of all programs together', wholeNumber(1, 1_000), 2)
    .option('--report <folder>', 'where the reports go', 'out/sim')
    .option('--beside <run>', 'a record or report to be shown beside it, such as the testnet\'s')
    .option('--sweep', 'all sizes from 20 to --nodes, one after the other', false)
    .action(action)
}

async function sim (flags: SimFlags): Promise<void> {
  const beside = flags.beside == null ? undefined : await readRecord(flags.beside)
  const sizes = flags.sweep ? SWEEP.filter(size => size <= flags.nodes) : [flags.nodes]
  const sweep: RunRecord[] = []
  for (const nodes of sizes) {
    const record = await run({ ...flags, nodes })
    sweep.push(record)
    const folder = join(flags.report, `${flags.scenario}-${nodes}`)
    const page = await writeReport(record, folder, {
      ...(beside != null && { beside }), ...(flags.sweep && { sweep })
    })
    console.log(`the report is ${page}`)
  }
  if (!sweep.every(({ verdicts }) => verdicts.every(isMet))) process.exitCode = 1
}

async function run (flags: SimFlags): Promise<RunRecord> {
  const scenario = SIMULATED.find(({ name }) => name === flags.scenario)!
  const scene = sceneOf(scenario, flags.nodes, flags.seed)
  const beganMs = performance.now()
  const before = process.cpuUsage()
  const record = await simulate(initOf(flags, scene))
  const { user, system } = process.cpuUsage(before)
  record.verdicts = verdictsOf(record, scene.goals).filter(({ name, measured }) =>
    measured != null && !NOT_SIMULATED.includes(name))
  const figures = figuresOf(record).filter(({ name }) => LINE.includes(name))
  console.log([
    `${flags.nodes} nodes, ${record.plays.length} plays in ` +
      `${((performance.now() - beganMs) / 1000).toFixed(0)} s, ` +
      `${((user + system) / 1e6).toFixed(0)} CPU-seconds, ` +
      `${(process.resourceUsage().maxRSS * 1024 / 1e9).toFixed(1)} GB`,
    ...figures.map(({ name, value, unit }) => `  ${name}: ${shown(value, unit)}`),
    ...record.verdicts.map(verdict => `  ${verdictLine(verdict)}`)
  ].join('\n'))
  return record
}

function initOf (
  { scenario, nodes, seed, speed, degree, rtt, plays, pack, cores }: SimFlags,
  { trace, edges, serverBytesPerSecond = SERVER_WIRE }: Scene
): SimulationInit {
  return {
    ...PEER_WIRES,
    scenario,
    seed,
    speed,
    degree,
    peers: nodes,
    edges: rtt == null ? edges : 1,
    ...(rtt != null && { rttMs: rtt }),
    ...(pack != null && { processors: { pack, cores } }),
    serverBytesPerSecond,
    trace: { ...trace, plays: trace.plays.map(each => each.slice(0, plays)) },
    onProgress: line => { console.log(line) }
  }
}

function sceneOf (scenario: Scenario, peers: number, seed: number): Scene {
  return scenario.scene({ peers, seed, isShort: false })
}

function isSimulated ({ acts, roles }: Scene): boolean {
  return acts.length === 0 && roles == null
}

if (import.meta.main) {
  useLightAbort()
  useLightEvents()
  // An error that is but a signal's reason needs no stack; ten thousand nodes make millions.
  Error.stackTraceLimit = 0
  await simCommand(sim).parseAsync()
}
