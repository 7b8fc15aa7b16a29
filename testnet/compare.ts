/**
 * Two runs beside each other. in: their records, or folders of reports. out: what changed.
 */

import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import Table from 'cli-table3'
import { type Figure, figuresOf, shown } from './run-figures.ts'
import { isMet, type RunRecord } from './run-record.ts'

/** Of a report's folder. */
export const RECORD_FILE = 'record.json'
/** Smaller changes are called the same: one run differs from the next. */
const NOTABLE = 0.05

export function compareRuns (a: RunRecord, b: RunRecord): string {
  const table = new Table({
    head: ['', 'A', 'B', 'change', ''],
    colAligns: ['left', 'right', 'right', 'right', 'left'],
    style: { head: [], border: [], compact: true }
  })
  const [before, after] = [byName(figuresOf(a)), byName(figuresOf(b))]
  for (const name of new Set([...before.keys(), ...after.keys()])) {
    table.push(row(name, before.get(name), after.get(name)))
  }
  return [
    `A: ${settingOf(a)}`, `B: ${settingOf(b)}`, table.toString(), ...changedVerdicts(a, b)
  ].join('\n')
}

/**
 * in: a report's folder, or the JSON in it.
 * @throws Error when there is no record of a run
 */
export async function readRecord (path: string): Promise<RunRecord> {
  try {
    const file = (await stat(path)).isDirectory() ? join(path, RECORD_FILE) : path
    const record = JSON.parse(await readFile(file, 'utf8')) as Partial<RunRecord> | null
    if (record?.plays == null || record.verdicts == null) throw new Error('it has no plays')
    return record as RunRecord
  } catch (error) {
    throw new Error(`no record of a run in ${path}: ${(error as Error).message}`, { cause: error })
  }
}

function row (name: string, a: Figure | undefined, b: Figure | undefined): string[] {
  const cell = (figure: Figure | undefined): string =>
    figure == null ? '–' : shown(figure.value, figure.unit)
  if (a == null || b == null) return [name, cell(a), cell(b), '', '']
  const change = (b.value - a.value) / Math.abs(a.value)
  return [name, cell(a), cell(b), changeOf(a.value, b.value), judged(change, a.better)]
}

function changeOf (a: number, b: number): string {
  if (a === b) return '0 %'
  if (a === 0) return 'from none'
  const change = (b - a) / Math.abs(a) * 100
  return `${change > 0 ? '+' : '−'}${Math.abs(change).toFixed(1)} %`
}

function judged (change: number, better: Figure['better']): string {
  if (Number.isNaN(change) || Math.abs(change) < NOTABLE) return ''
  return change < 0 === (better === 'less') ? 'better' : 'worse'
}

/** Goals that one met and the other missed, a line each. */
function changedVerdicts (a: RunRecord, b: RunRecord): string[] {
  return b.verdicts.flatMap(after => {
    const before = a.verdicts.find(({ name }) => name === after.name)
    if (before == null || isMet(before) === isMet(after)) return []
    const { name, is, goal, unit, measured } = after
    const change = isMet(after) ? 'now met' : 'no longer met'
    const value = shown(measured ?? Number.NaN, unit)
    return `${change}: ${name} ${value}, to be ${is} ${shown(goal, unit)}`
  })
}

/** A run in a line. */
export function settingOf ({ scenario, kind, seed, speed, setting }: RunRecord): string {
  const { peers, edges, regions, degree, perProcess } = setting
  return [
    `${scenario}, ${kind} of ${peers} peers and ${edges} edges`,
    `${regions.length} ${regions.length === 1 ? 'region' : 'regions'}`,
    `degree ${degree}`,
    ...(kind === 'testnet' ? [`${perProcess} to a process`] : []),
    `seed ${seed}`,
    `${speed} × real time`
  ].join(', ')
}

const byName = (figures: Figure[]): Map<string, Figure> =>
  new Map(figures.map(figure => [figure.name, figure]))
