/**
 * What a node tells a tracker, sequence-numbered and signed: announce, heartbeat, withdraw, leave.
 * in: a statement and the node's key, or an envelope from anywhere.
 * out: the envelope, or a statement that keeps the rules.
 *
 * Payload, DAG-CBOR: `{kind, network, seq, issuedAtMs}` and, by kind,
 *   announce   record: record envelope,
 *              titles: [{content: CID, renditions: [{rendition, held, blocks}], segments?: [CID]}]
 *   heartbeat  record: record envelope, report?: bytes of a report (report.ts)
 *   withdraw   contents: [CID]
 *   leave      (nothing more)
 */

import type { PeerId, PrivateKey } from '@libp2p/interface'
import type { CID } from 'multiformats/cid'
import * as z from 'zod/mini'
import { RecordRefusedError } from '../errors.ts'
import {
  MAX_ANNOUNCED_SEGMENTS, MAX_ANNOUNCED_TITLES, MAX_CLOCK_SKEW_MS, MAX_ENVELOPE_BYTES,
  MAX_REPORT_BYTES
} from '../limits.ts'
import { assertNetwork, assertTime, checkRecord, type RecordRules } from './check-record.ts'
import { openEnvelope, sealEnvelope } from './envelope.ts'
import {
  byteArray, bytesUpTo, count, encodeFields, link, networkName, parseDagCbor, renditions
} from './fields.ts'
import { readVouchedRecord } from './record.ts'
import type { AnnouncedTitle, NodeRecord } from './types.ts'

interface Head { network: string, seq: number, issuedAtMs: number }

/** `record` is the node's record in its envelope. */
export type Told =
  | { kind: 'announce', record: Uint8Array, titles: AnnouncedTitle[] }
  | { kind: 'heartbeat', record: Uint8Array, report?: Uint8Array }
  | { kind: 'withdraw', contents: CID[] }
  | { kind: 'leave' }

export const STATEMENT_KINDS = ['announce', 'heartbeat', 'withdraw', 'leave'] as const
export type StatementKind = typeof STATEMENT_KINDS[number]

/** A statement that was checked; `node` is the opened record, where there is one. */
export type Statement = Head & Told & { peer: PeerId, node?: NodeRecord }

const head = { network: networkName, seq: count, issuedAtMs: count }
const Title = z.object({
  content: link,
  renditions,
  segments: z.optional(z.array(link).check(z.maxLength(MAX_ANNOUNCED_SEGMENTS)))
})
const Payload = z.discriminatedUnion('kind', [
  z.object({
    ...head,
    kind: z.literal('announce'),
    record: byteArray,
    titles: z.array(Title).check(z.maxLength(MAX_ANNOUNCED_TITLES))
  }),
  z.object({
    ...head,
    kind: z.literal('heartbeat'),
    record: byteArray,
    report: z.optional(bytesUpTo(MAX_REPORT_BYTES))
  }),
  z.object({
    ...head,
    kind: z.literal('withdraw'),
    contents: z.array(link).check(z.maxLength(MAX_ANNOUNCED_TITLES))
  }),
  z.object({ ...head, kind: z.literal('leave') })
])

export async function sealStatement (
  statement: Head & Told, privateKey: PrivateKey
): Promise<Uint8Array> {
  return await sealEnvelope(encodeFields({ ...statement }), privateKey)
}

/**
 * The statement in an envelope, with signatures, network and time checked. Whether its sequence
 * number is new is the tracker's to know.
 *
 * @throws RecordRefusedError (any reason but sequence) InvalidMessageError
 */
export async function openStatement (envelope: Uint8Array, rules: RecordRules): Promise<Statement> {
  const { peer, payload } = await openEnvelope(envelope, MAX_ENVELOPE_BYTES, rules.signerOf)
  const told = parseDagCbor(Payload, payload, 'statement')
  assertNetwork(told, rules.network)
  assertTime(told.issuedAtMs, (rules.clock ?? Date.now)(), MAX_CLOCK_SKEW_MS)
  if (told.kind === 'withdraw' || told.kind === 'leave') {
    return { ...told, peer }
  }
  // Signed by the same key as a part of the statement: to verify it once more would tell nothing of
  // who said it. Whoever is handed the record alone verifies it.
  const node = readVouchedRecord(told.record, rules.signerOf)
  if (!node.peer.equals(peer)) {
    throw new RecordRefusedError(
      'signer', `${peer} speaks for ${node.peer}: each node announces itself only`
    )
  }
  await checkRecord(node, rules)
  return { ...told, peer, node }
}
