/**
 * `npm run testnet -- zipf-day`: the command of each scenario.
 * in: flags. out: lines or a table while it runs, verdicts, a report; exit code 1 when a figure is
 * missed.
 */

import { mkdir, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { Command } from 'commander'
import { readRecord } from '../compare.ts'
import { createLiveView } from '../live-view.ts'
import { DEFAULT_DEGREE } from '../network.ts'
import { InterruptedError } from '../interrupted-error.ts'
import { writeReport } from '../report-page/index.ts'
import { isMet, type RunRecord } from '../run-record.ts'
import type { Scenario } from '../scenario.ts'
import { wholeNumber } from '../whole-number.ts'
import type { InternetFlags } from './internet.ts'
import { runScenario, type ScenarioResult } from './scenario-run.ts'
import { verdictLine } from './verdicts.ts'

export interface ScenarioFlags extends InternetFlags {
  nodes: number
  pack: number
  seed: number
  /** {@link speedFor} unless given. */
  speed?: number
  degree: number
  short: boolean
  report?: string
  against?: string
  keep?: boolean
}

export type ScenarioAction = (scenario: Scenario, flags: ScenarioFlags) => Promise<void>

/** The command line of one scenario; `action` gets what was given, checked. */
export function scenarioCommand (scenario: Scenario, action: ScenarioAction): Command {
  return new Command(scenario.name)
    .description(scenario.about)
    .option('--nodes <n>', 'peers that listen', wholeNumber(2, 160), 20)
    .option('--pack <n>', 'peers that share a process; 1: each has its own', wholeNumber(1, 160),
      20)
    .option('--seed <n>', 'of every decision', wholeNumber(0, 2 ** 31), 1)
    .option('--speed <x>', 'playback seconds per second; 4, and less of more than 40 nodes',
      wholeNumber(1, 4))
    .option('--degree <n>', 'neighbours a peer looks for', wholeNumber(0, 64), DEFAULT_DEGREE)
    .option('--short', 'minutes instead of a day, judged by what must hold always', false)
    .option('--homes', 'peers have the wires of homes, 1 to 100 Mbit/s up; 20 Mbit/s unless given')
    .option('--reach <percent>', 'of pairs of peers that may dial each other', wholeNumber(0, 100))
    .option('--nat <percent>', 'of peers that nobody can dial', wholeNumber(0, 100))
    .option('--loss <permille>', 'of TCP segments that are lost', wholeNumber(0, 200))
    .option('--report <folder>', 'where to write report.html, record.json and decisions.txt')
    .option('--against <folder>', 'the report of a clean zipf-day of as many, to be judged by')
    .option('--keep', 'keep the folder with data and logs')
    .action(async (flags: ScenarioFlags) => { await action(scenario, flags) })
}

/** As many seconds of media a second as two cores carry: 160 listeners at the pace of people. */
export function speedFor (nodes: number): number {
  return Math.max(1, Math.min(4, Math.floor(160 / nodes)))
}

/** The exit code. */
export async function playScenario (scenario: Scenario, flags: ScenarioFlags): Promise<number> {
  const { short: isShort, report, against, keep, speed = speedFor(flags.nodes), ...rest } = flags
  const options = { ...rest, speed }
  const say = (line: string): void => { console.log(line) }
  const view = createLiveView(process.stdout)
  const onKept = (folder: string): void => { say(`data and logs are in ${folder}`) }
  say(`${scenario.name}: ${options.nodes} listeners, played ${options.speed} × as fast as people ` +
    `do, seed ${options.seed}`)
  try {
    const clean = against == null ? undefined : await cleanRun(against, options)
    const result = await runScenario({
      ...options, scenario, isShort, view,
      ...(clean != null && { clean }), ...(keep === true && { onKept })
    })
    view.end()
    for (const verdict of result.record.verdicts) say(verdictLine(verdict))
    if (report != null) say(`the report is ${await write(result, resolve(report))}`)
    const missed = result.record.verdicts.filter(verdict => !isMet(verdict))
    say(missed.length === 0 ? `${scenario.name} passed` : `${scenario.name} failed: ` +
      `${missed.length} of ${result.record.verdicts.length} figures missed`)
    return missed.length === 0 ? 0 : 1
  } catch (error) {
    view.end()
    say(`${scenario.name} failed: ${error instanceof Error ? error.message : String(error)}`)
    return error instanceof InterruptedError ? error.exitCode : 1
  }
}

/** @throws Error when it is not the same day with as many listeners */
async function cleanRun (
  folder: string, { nodes, seed, speed }: { nodes: number, seed: number, speed: number }
): Promise<RunRecord> {
  const record = await readRecord(folder)
  const isSameDay = record.scenario === 'zipf-day' && record.setting.peers === nodes &&
    record.seed === seed && record.speed === speed
  if (isSameDay) return record
  throw new Error(`${folder} is no zipf-day of ${nodes} listeners, seed ${seed}, at ${speed} ×`)
}

/** The path of the page. */
async function write ({ record, decisions }: ScenarioResult, folder: string): Promise<string> {
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'decisions.txt'), `${decisions.join('\n')}\n`)
  return await writeReport(record, folder)
}
