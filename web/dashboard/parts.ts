/**
 * Who holds which part of a title, reckoned. Pure.
 * in: an availability. out: shares of each part by row, copies of each part, and words.
 */

import type { Availability, AvailabilityRow } from '../../protocols/dashboard/index.ts'
import { count, shortId } from '../topology/words.ts'
import { percent } from './words.ts'

export interface PartRow extends AvailabilityRow {
  /** Of each part, 0 … 1; where it is not known which, what is held spread over all. */
  shares: number[]
  isKnown: boolean
}

export interface Parts {
  rows: PartRow[]
  /** Copies of each part there are among the rows. */
  copies: number[]
}

export function partsOf ({ rows, parts }: Pick<Availability, 'rows' | 'parts'>): Parts {
  const made = rows.map((row): PartRow => {
    const known = row.parts == null ? undefined : decoded(row.parts)
    const isKnown = known?.length === parts
    const shares = Array.from({ length: parts }, (_, i) =>
      isKnown ? known![i]! / 255 : row.blocks > 0 ? row.held / row.blocks : 0)
    return { ...row, shares, isKnown }
  })
  const copies = Array.from({ length: parts }, (_, i) =>
    made.reduce((sum, { shares }) => sum + shares[i]!, 0))
  return { rows: made, copies }
}

/** The whole in a sentence or two. */
export function partsWords ({ rows, isWhole }: Availability, { copies }: Parts): string {
  if (rows.length === 0) return 'No node says that it holds any of it.'
  const peers = rows.filter(({ role }) => role === 'peer').length
  const who = `${count(rows.length - peers, 'server')} and ${count(peers, 'peer')} hold some of it`
  const least = Math.min(...copies)
  const at = copies.indexOf(least) + 1
  const part = isWhole ? '' : ' (those that hold most)'
  return `${who}${part}. Rarest is part ${at} of ${copies.length}: ${copiesWords(least)}.`
}

/** One part at one node, or of all when there is no row. */
export function partWords ({ rows, copies }: Parts, row: number, part: number): string {
  const where = `part ${part + 1} of ${copies.length}`
  const one = rows[row]
  if (one == null) return `${where}: ${copiesWords(copies[part] ?? 0)}`
  const who = `${one.role} ${shortId(one.id)}, ${one.region || 'no region'}`
  const share = percent(one.shares[part])
  return one.isKnown
    ? `${who}: ${share} of ${where}; ${copiesWords(copies[part] ?? 0)} in all`
    : `${who}: ${share} of the title; which parts it does not say`
}

const copiesWords = (copies: number): string => {
  const rounded = Math.round(copies * 10) / 10
  return `${rounded} ${rounded === 1 ? 'copy' : 'copies'}`
}

/** None, where what came is no base64. */
function decoded (text: string): Uint8Array | undefined {
  try {
    return Uint8Array.from(atob(text), letter => letter.charCodeAt(0))
  } catch {
    return undefined
  }
}
