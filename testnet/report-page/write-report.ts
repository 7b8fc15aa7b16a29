/**
 * Writes the report of a run. in: its record, a folder. out: a page and the record, in files.
 */

import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { build } from 'esbuild'
import { RECORD_FILE } from '../compare.ts'
import type { RunRecord } from '../run-record.ts'
import type { ReportView } from './view.ts'
import { sweepPointOf, viewOf } from './view-of.ts'

export interface ReportInit {
  /** Shown beside the run: the simulation of a testnet's, or the testnet's of a simulation. */
  beside?: RunRecord
  /** Runs of other sizes, for figures against the number of peers. */
  sweep?: RunRecord[]
}

const PAGE = join(import.meta.dirname, 'page')
const PAGE_FILE = 'report.html'

/** The path of the page; the folder is made when there is none. */
export async function writeReport (
  record: RunRecord, folder: string, init: ReportInit = {}
): Promise<string> {
  const path = join(folder, PAGE_FILE)
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, RECORD_FILE), `${JSON.stringify(record)}\n`)
  await writeFile(path, await pageOf(reportViewOf(record, init)))
  return path
}

export function reportViewOf (
  record: RunRecord, { beside, sweep = [] }: ReportInit = {}
): ReportView {
  return {
    run: viewOf(record),
    ...(beside != null && { beside: viewOf(beside) }),
    sweep: sweep.map(sweepPointOf).sort((a, b) => a.peers - b.peers)
  }
}

async function pageOf (view: ReportView): Promise<string> {
  const [page, style, script] = await Promise.all([
    readFile(join(PAGE, 'index.html'), 'utf8'), readFile(join(PAGE, 'style.css'), 'utf8'), bundle()
  ])
  const parts: Record<string, string> = {
    style: `<style>${style}</style>`,
    view: `<script type="application/json" id="view">${jsonInPage(view)}</script>`,
    script: `<script>${script}</script>`
  }
  return page.replaceAll(/<!-- (\w+) -->/g, (_, name: string) => parts[name]!)
}

/** A record's words must not end the element they stand in. */
export const jsonInPage = (value: unknown): string =>
  JSON.stringify(value).replaceAll('<', '\\u003c')

async function bundle (): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [join(PAGE, 'main.ts')],
    bundle: true,
    write: false,
    minify: true,
    format: 'iife',
    platform: 'browser',
    target: 'es2022',
    legalComments: 'none',
    logLevel: 'silent'
  })
  return outputFiles[0]!.text
}
