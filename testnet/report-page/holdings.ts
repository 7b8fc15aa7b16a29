/**
 * Who holds what in the end. in: the record of a run. out: cells of a heatmap, nodes by region
 * across, titles down, those that most hold first.
 */

import type { RecordedNode, RunRecord } from '../run-record.ts'
import type { Holdings } from './view.ts'

const MAX_COLUMNS = 200
const MAX_TITLES = 40
const ROLES: ReadonlyArray<RecordedNode['role']> = ['origin', 'edge', 'bootstrap', 'peer']

export function holdingsOf ({ nodes, titles }: Pick<RunRecord, 'nodes' | 'titles'>): Holdings {
  const groups = groupsOf(nodes.filter(({ role }) => role !== 'bootstrap'))
  const means = groups.map(group => titles.map((_, title) => meanOf(group, title)))
  const copies = titles.map((_, title) => means.reduce((sum, held) => sum + held[title]!, 0))
  const order = titles.map((_, title) => title)
    .sort((a, b) => copies[b]! - copies[a]!).slice(0, MAX_TITLES)
  return {
    columns: groups.map(group => ({ name: nameOf(group), region: group[0]!.region })),
    titles: order.map(title => titles[title]!.name),
    cells: means.flatMap((held, column) => order.flatMap((title, row) =>
      held[title]! > 0 ? [{ column, title: row, held: round(held[title]!) }] : []))
  }
}

/** Each node by itself, or as many together as it takes; a group is of one region. */
function groupsOf (nodes: RecordedNode[]): RecordedNode[][] {
  const byRegion = Map.groupBy(nodes, ({ region }) => region)
  const size = Math.ceil(nodes.length / Math.max(1, MAX_COLUMNS - byRegion.size))
  return [...byRegion].sort(([a], [b]) => a < b ? -1 : 1).flatMap(([, all]) => {
    const ordered = all.toSorted((a, b) => ROLES.indexOf(a.role) - ROLES.indexOf(b.role))
    const count = Math.ceil(all.length / size)
    const begin = (group: number): number => Math.floor(group * all.length / count)
    return Array.from({ length: count }, (_, i) => ordered.slice(begin(i), begin(i + 1)))
  })
}

const nameOf = (group: RecordedNode[]): string =>
  group.length === 1 ? group[0]!.name : `${group[0]!.name} … ${group.at(-1)!.name}`

const meanOf = (group: RecordedNode[], title: number): number =>
  group.reduce((sum, { held }) => sum + (held[title] ?? 0), 0) / group.length

const round = (value: number): number => Math.round(value * 100) / 100
