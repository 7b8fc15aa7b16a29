/**
 * What a benchmark has to say. in: rows of named cells, of one run each. out: a table on stdout and
 * the same as JSON, in `out/bench-<name>.json` or where `--json FILE` says.
 */

import { mkdirSync, writeFileSync } from 'node:fs'
import { arch, cpus, totalmem } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import Table from 'cli-table3'

export type Cell = string | number | undefined
export type Row = Record<string, Cell>

export interface BenchReport {
  /** The benchmark's name: `gateway`. */
  name: string
  /** The question it answers, in a sentence. */
  question: string
  rows: Row[]
  /** What a reader must know to judge the figures, a sentence each. */
  notes?: string[]
  /** Whatever else belongs into the JSON: single runs, settings. */
  details?: unknown
}

const ROOT = resolve(import.meta.dirname, '..', '..')

/** Runs of everything, of which the median counts. */
export const RUNS = 3

/**
 * Prints and writes the report.
 *
 * @example
 * report({ name: 'gateway', question: 'How fast…?', rows: [{ server: 'nginx', 'req/s': 9000 }] })
 */
export function report (given: BenchReport, jsonFile?: string): void {
  const { question, rows, notes = [] } = given
  const file = jsonFile ?? join(ROOT, 'out', `bench-${given.name}.json`)
  const machine = machineOf()
  console.log(`\n${question}\n${machine}\n\n${tableOf(rows)}`)
  for (const note of notes) console.log(`- ${note}`)
  const measuredAt = new Date().toISOString()
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, `${JSON.stringify({ ...given, machine, measuredAt }, null, 2)}\n`)
  console.log(`written to ${file}`)
}

/** Columns in the order the rows name them. */
export function tableOf (rows: Row[]): string {
  const head = [...new Set(rows.flatMap(row => Object.keys(row)))]
  const colAligns = head.map((name, index): 'left' | 'right' =>
    index > 0 || rows.every(row => typeof row[name] === 'number') ? 'right' : 'left')
  const table = new Table({ head, colAligns, style: { head: [], border: [], compact: true } })
  table.push(...rows.map(row => head.map(name => shown(row[name]))))
  return table.toString()
}

/** NaN of no values. */
export function median (values: readonly number[]): number {
  return quantile(values, 0.5)
}

/** Linear between neighbours; `share` from 0 to 1. NaN of no values. */
export function quantile (values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (sorted.length - 1) * share
  const low = sorted[Math.floor(at)] ?? Number.NaN
  const high = sorted[Math.ceil(at)] ?? Number.NaN
  return low + (high - low) * (at - Math.floor(at))
}

/** Runs `measure` so many times, one after the other. */
export async function repeat<T> (
  measure: (run: number) => Promise<T>, runs = RUNS
): Promise<T[]> {
  const results: T[] = []
  for (let run = 0; run < runs; run++) results.push(await measure(run))
  return results
}

/** `0.83 ×`: how the first compares with the second. */
export function ratio (value: number, peer: number): string {
  return `${(value / peer).toFixed(2)} ×`
}

function machineOf (): string {
  const [cpu] = cpus()
  const gib = (totalmem() / 2 ** 30).toFixed(0)
  return `${cpus().length} × ${cpu?.model.trim() ?? arch()}, ${gib} GiB, Node ${process.version}`
}

function shown (cell: Cell): string {
  if (typeof cell !== 'number') return cell ?? '–'
  if (Number.isNaN(cell)) return '–'
  const digits = Number.isInteger(cell) || Math.abs(cell) >= 100 ? 0 : Math.abs(cell) >= 10 ? 1 : 2
  return cell.toFixed(digits)
}
