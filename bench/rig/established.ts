/**
 * TCP connections a process has open, as Linux counts them. in: its id. out: how many; each end of
 * one counts in its own process.
 */

import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

const ESTABLISHED = '01'
const STATE_FIELD = 3
const INODE_FIELD = 9

export function establishedConnections (pid: number): number {
  const inodes = new Set(['tcp', 'tcp6'].flatMap(table => establishedInodes(pid, table)))
  return socketsOf(pid).filter(inode => inodes.has(inode)).length
}

function establishedInodes (pid: number, table: string): string[] {
  const lines = readFileSync(`/proc/${pid}/net/${table}`, 'utf8').trim().split('\n').slice(1)
  return lines.map(line => line.trim().split(/\s+/))
    .filter(fields => fields[STATE_FIELD] === ESTABLISHED)
    .map(fields => fields[INODE_FIELD]!)
}

function socketsOf (pid: number): string[] {
  return readdirSync(`/proc/${pid}/fd`).flatMap(fd => {
    try {
      return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? []
    } catch {
      // Closed since we saw it.
      return []
    }
  })
}
