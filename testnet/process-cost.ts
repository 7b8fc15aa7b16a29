/**
 * What a process costs, as Linux counts it. in: its id. out: CPU seconds, proportional memory.
 */

import { readFileSync } from 'node:fs'

/** Of `/proc/<pid>/stat`: USER_HZ is 100 on every Linux there is. */
const TICKS_PER_SECOND = 100
/** Fields 14 and 15, counted from the one behind the name in brackets. */
const USER_TICKS = 11
const SYSTEM_TICKS = 12

/** User and system time since its start, to 10 ms. */
export function cpuSeconds (pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[USER_TICKS]) + Number(fields[SYSTEM_TICKS])) / TICKS_PER_SECOND
}

/**
 * Bytes in memory; what it shares with others counts in parts, so that the sum over processes is
 * what they take together.
 */
export function pssBytes (pid: number): number {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8')
  return Number(/^Pss: +(\d+) kB/m.exec(rollup)?.[1]) * 1024
}

/** Bytes that no other process has: what one node more costs. */
export function privateBytes (pid: number): number {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8')
  const sizes = [...rollup.matchAll(/^Private_(?:Clean|Dirty): +(\d+) kB/gm)]
  return sizes.reduce((sum, [, kib]) => sum + Number(kib) * 1024, 0)
}
