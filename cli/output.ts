/**
 * How commands print. in: a result as data and as text, or an error. out: text for people, or JSON
 * for programs, on stdout; what went wrong, in a line, on stderr.
 */

import Table from 'cli-table3'
import { StoppedError } from './stop-signal.ts'

export interface Result {
  /** What `--json` prints. */
  data: unknown
  text: string
  /** Stdout carries the bytes asked for: this goes to stderr. */
  isAside?: boolean
}

export interface PrintOptions { json?: boolean, verbose?: boolean }

interface Writer { write: (text: string) => unknown }

const PLAIN = {
  chars: {
    top: '', 'top-mid': '', 'top-left': '', 'top-right': '',
    bottom: '', 'bottom-mid': '', 'bottom-left': '', 'bottom-right': '',
    left: '', 'left-mid': '', mid: '', 'mid-mid': '', right: '', 'right-mid': '', middle: '  '
  },
  style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 }
}

/** Columns under their names, or `none` when there is no row. */
export function table (head: string[], rows: string[][], none: string): string {
  if (rows.length === 0) return none
  const grid = new Table({ ...PLAIN, head })
  grid.push(...rows)
  return withoutTrailingSpace(grid.toString())
}

/** `name  value`, one a line. */
export function fields (values: Record<string, string>): string {
  const grid = new Table(PLAIN)
  grid.push(...Object.entries(values))
  return withoutTrailingSpace(grid.toString())
}

export function printResult ({ data, text }: Result, stdout: Writer, { json }: PrintOptions): void {
  const shown = json === true ? JSON.stringify(data, undefined, 2) : text
  if (shown !== '') stdout.write(`${shown}\n`)
}

export function printError (
  error: unknown, stderr: Writer, program: string, { json, verbose }: PrintOptions
): void {
  const { name, message, stack } = error instanceof Error ? error : new Error(String(error))
  if (json === true) {
    stderr.write(`${JSON.stringify({ error: name, message })}\n`)
  } else if (error instanceof StoppedError) {
    stderr.write(`${program}: ${message}\n`)
  } else {
    stderr.write(`${program}: ${verbose === true ? stack : message}\n`)
  }
}

function withoutTrailingSpace (text: string): string {
  return text.replace(/ +$/gm, '')
}
