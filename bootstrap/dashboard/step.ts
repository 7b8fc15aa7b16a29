/**
 * One step of the history. Pure.
 * in: the nodes there are, and what is believed of what is new. out: sums by role.
 */

import type { Step, Sums } from '../../protocols/dashboard/index.ts'
import { startsOf, sumOf } from '../../protocols/dashboard/index.ts'
import type { Role } from '../../protocols/exchange/index.ts'
import type { CountedNode } from '../store.ts'
import type { Increment } from './increment.ts'

export interface Told extends Increment {
  id: string
  role: Role
  region: string
  isCut: boolean
}

const ROLES: readonly Role[] = ['peer', 'edge', 'origin', 'bootstrap']

export function stepOf (nodes: readonly CountedNode[], told: readonly Told[], atMs: number): Step {
  const count = (role: Role): number => nodes.filter(({ record }) => record.role === role).length
  const sums = ROLES.map((role): [Role, Sums] =>
    [role, compact(sumOf(told.filter(one => one.role === role).map(({ counts }) => counts)))])
  const starts = startsOf(told)
  return {
    atMs,
    nodes: Object.fromEntries(ROLES.map(role => [role, count(role)])) as Step['nodes'],
    reporting: nodes.filter(({ report }) => report != null).length,
    cut: told.filter(({ isCut }) => isCut).length,
    sums: Object.fromEntries(sums.filter(([, sum]) => Object.keys(sum).length > 0)),
    starts: starts.slice(0, starts.findLastIndex(times => times > 0) + 1).map(rounded)
  }
}

function compact (sums: Sums): Sums {
  return Object.fromEntries(Object.entries(sums).filter(([, sum]) => sum > 0)
    .map(([name, sum]) => [name, rounded(sum)]))
}

/** What was cut is no whole number any more. */
const rounded = (value: number): number => Math.round(value * 100) / 100
