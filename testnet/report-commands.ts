/**
 * Commands on runs that are over. in: folders of their reports. out: what changed between two, or
 * a page that shows one beside others.
 *
 *   npm run testnet -- compare A B
 *   npm run testnet -- report A --beside SIMULATION --sweep RUN... --to DIR
 */

import { resolve } from 'node:path'
import { Command } from 'commander'
import { compareRuns, readRecord } from './compare.ts'
import { writeReport } from './report-page/index.ts'

interface ReportFlags { beside?: string, sweep: string[], to: string }

type Say = (line: string) => void

/** To be added to another command. */
export function reportCommands (say: Say = console.log): Command[] {
  return [
    new Command('compare')
      .description('Prints what changed from one run to another.')
      .argument('<a>', 'folder of a report').argument('<b>', 'another')
      .action(async (a: string, b: string) => {
        await told(say, async () => compareRuns(await readRecord(a), await readRecord(b)))
      }),
    new Command('report')
      .description('Writes the report of a run again, with other runs in it.')
      .argument('<run>', 'folder of a report')
      .option('--beside <run>', 'of the same, such as its simulation')
      .option('--sweep <runs...>', 'of other sizes', [])
      .requiredOption('--to <folder>', 'where to write report.html and record.json')
      .action(async (run: string, flags: ReportFlags) => {
        await told(say, async () => `the report is ${await rewrite(run, flags)}`)
      })
  ]
}

async function rewrite (run: string, { beside, sweep, to }: ReportFlags): Promise<string> {
  const other = beside == null ? undefined : await readRecord(beside)
  const init = {
    ...(other != null && { beside: other }), sweep: await Promise.all(sweep.map(readRecord))
  }
  return await writeReport(await readRecord(run), resolve(to), init)
}

/** Says what came of it; exit code 1 of what could not be done. */
async function told (say: Say, act: () => Promise<string>): Promise<void> {
  try {
    say(await act())
  } catch (error) {
    say(error instanceof Error ? error.message : String(error))
    process.exitCode = 1
  }
}
