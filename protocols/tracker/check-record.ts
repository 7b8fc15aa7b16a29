/**
 * The rules every node record must keep, whoever hands it on.
 * in: a record whose signature was found right. out: nothing, or a named refusal.
 */

import type { PublicKey } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'
import type { Clock } from '../clock.ts'
import { RecordRefusedError } from '../errors.ts'
import { MAX_CLOCK_SKEW_MS, MAX_RECORD_AGE_MS } from '../limits.ts'
import { isEndorsed } from './endorsement.ts'
import type { SignerOf } from './envelope.ts'
import type { NodeRecord } from './types.ts'

/** What a record is held against. */
export interface RecordRules {
  network: string
  /** Where the network has one, edges and origins count only when endorsed by it. */
  operatorKey?: PublicKey
  clock?: Clock
  /** How signers of statements are known; by default as libp2p does. */
  signerOf?: SignerOf
}

const PLAIN_URL = /^https?:\/\/[^/?#@\\\s]+$/

/** @throws RecordRefusedError (network, clock, address, endorsement) */
export async function checkRecord (record: NodeRecord, rules: RecordRules): Promise<void> {
  assertNetwork(record, rules.network)
  assertTime(record.issuedAtMs, (rules.clock ?? Date.now)(), MAX_RECORD_AGE_MS)
  for (const address of record.addresses) {
    assertOwnAddress(address, record.peer.toString())
  }
  assertHttp(record)
  if (rules.operatorKey != null && isServer(record)) {
    await assertEndorsement(record, rules.operatorKey)
  }
}

/** @throws RecordRefusedError (network) */
export function assertNetwork ({ network }: { network: string }, ours: string): void {
  if (network !== ours) {
    throw new RecordRefusedError('network', `this is for network "${network}", ours is "${ours}"`)
  }
}

/** @throws RecordRefusedError (clock) when issued in the future or longer than `maxAgeMs` ago */
export function assertTime (issuedAtMs: number, nowMs: number, maxAgeMs: number): void {
  const aheadMs = issuedAtMs - nowMs
  if (aheadMs > MAX_CLOCK_SKEW_MS || -aheadMs > maxAgeMs) {
    const seconds = Math.round(Math.abs(aheadMs) / 1000)
    throw new RecordRefusedError('clock', aheadMs > 0
      ? `this was issued ${seconds} s from now: set the clock of its machine`
      : `this was issued ${seconds} s ago: it is stale, or its machine's clock is wrong`)
  }
}

/** An address that names a peer names its own; after a relay, what follows the relay counts. */
function assertOwnAddress (address: Multiaddr, peer: string): void {
  const components = address.getComponents()
  const relay = components.findLastIndex(({ name }) => name === 'p2p-circuit')
  const other = components.slice(relay + 1).find(
    ({ name, value }) => name === 'p2p' && value !== peer
  )
  if (other != null) {
    throw new RecordRefusedError('address', `the address ${address} is not one of ${peer}`)
  }
}

function assertHttp (record: NodeRecord): void {
  if (record.http == null) {
    return
  }
  const isPlain = PLAIN_URL.test(record.http) && URL.canParse(record.http)
  if (!isPlain || !isServer(record)) {
    throw new RecordRefusedError('address', isPlain
      ? `a node of role ${record.role} serves no HTTP to others`
      : 'an HTTP source is named as http://host:port, without path or user')
  }
}

async function assertEndorsement (record: NodeRecord, operatorKey: PublicKey): Promise<void> {
  if (record.endorsement == null || !await isEndorsed(record, record.endorsement, operatorKey)) {
    const { peer, role, http = 'no URL' } = record
    throw new RecordRefusedError(
      'endorsement', `${peer} is not endorsed by this network's operator as ${role} at ${http}`
    )
  }
}

const isServer = ({ role }: NodeRecord): boolean => role === 'edge' || role === 'origin'
