/**
 * The filters of IPFS's delegated routing, IPIP-484. in: a query, peer records.
 * out: the records that pass, with the addresses that pass.
 */

import { multiaddr } from '@multiformats/multiaddr'
import { InvalidArgumentError } from '../protocols/errors.ts'

/** A peer as `/routing/v1` names it. */
export interface PeerRecord {
  Schema: 'peer'
  ID: string
  Addrs: string[]
  Protocols: string[]
}

export interface RecordFilters {
  /** Network protocols of addresses, `!` before those not wanted. */
  addrs?: readonly string[] | undefined
  /** Transfer protocols. */
  protocols?: readonly string[] | undefined
}

const MAX_NAMES = 32
const MAX_NAME_LENGTH = 63
/** Stands for a record that tells no address, or no protocol. */
const UNKNOWN = 'unknown'

/** @throws InvalidArgumentError */
export function parseFilters (query: Record<string, unknown>): RecordFilters {
  return {
    addrs: names(query['filter-addrs'], 'filter-addrs'),
    protocols: names(query['filter-protocols'], 'filter-protocols')
  }
}

export function filterRecords (
  records: readonly PeerRecord[], { addrs, protocols }: RecordFilters
): PeerRecord[] {
  const spoken = protocols == null
    ? records
    : records.filter(({ Protocols }) => Protocols.length === 0
      ? protocols.includes(UNKNOWN)
      : Protocols.some(name => protocols.includes(name.toLowerCase())))
  return addrs == null ? [...spoken] : spoken.flatMap(record => reachable(record, addrs))
}

function reachable (record: PeerRecord, addrs: readonly string[]): PeerRecord[] {
  if (record.Addrs.length === 0) return addrs.includes(UNKNOWN) ? [record] : []
  const unwanted = addrs.filter(name => name.startsWith('!')).map(name => name.slice(1))
  const wanted = addrs.filter(name => !name.startsWith('!'))
  const Addrs = record.Addrs.filter(address => {
    const parts = multiaddr(address).getComponents().map(({ name }) => name)
    return !parts.some(name => unwanted.includes(name)) &&
      (wanted.length === 0 || parts.some(name => wanted.includes(name)))
  })
  return Addrs.length === 0 ? [] : [{ ...record, Addrs }]
}

function names (given: unknown, what: string): string[] | undefined {
  if (given == null || given === '') return undefined
  const found = typeof given === 'string' ? given.toLowerCase().split(',') : []
  const isFit = found.length > 0 && found.length <= MAX_NAMES &&
    found.every(name => name.length <= MAX_NAME_LENGTH)
  if (isFit) return found
  throw new InvalidArgumentError(
    `"${what}" is one list with commas, of at most ${MAX_NAMES} names of ${MAX_NAME_LENGTH}`
  )
}
