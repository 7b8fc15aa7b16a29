/**
 * A node's record in its envelope: self-contained, to travel in HELLO and be checked by anyone.
 * in: a record and the node's key, or an envelope from anywhere.
 * out: the envelope, or a record that keeps the rules.
 *
 * Payload, DAG-CBOR: `{kind: 'record', network, seq, issuedAtMs, role, region,
 *   addresses: [multiaddr bytes], http?, rtts: [{peer, rttMs}],
 *   coordinate?: {x, y, heightMs, error}, load?, endorsement?: 64 bytes}`.
 */

import type { PrivateKey } from '@libp2p/interface'
import * as z from 'zod/mini'
import { MAX_ADDRESSES, MAX_RECORD_BYTES, MAX_RECORD_RTTS, MAX_URL_LENGTH } from '../limits.ts'
import { checkRecord, type RecordRules } from './check-record.ts'
import { ENDORSEMENT_BYTES } from './endorsement.ts'
import {
  type OpenedEnvelope, openEnvelope, readEnvelope, sealEnvelope, type SignerOf
} from './envelope.ts'
import {
  address, bytesOf, count, encodeFields, milliseconds, networkName, parseDagCbor, peerText,
  regionName, roleName
} from './fields.ts'
import type { NodeRecord } from './types.ts'

const notNegative = z.number().check(z.nonnegative())

const Payload = z.object({
  kind: z.literal('record'),
  network: networkName,
  seq: count,
  issuedAtMs: count,
  role: roleName,
  region: regionName,
  addresses: z.array(address).check(z.maxLength(MAX_ADDRESSES)),
  http: z.optional(z.string().check(z.maxLength(MAX_URL_LENGTH))),
  rtts: z.array(z.object({ peer: peerText, rttMs: milliseconds }))
    .check(z.maxLength(MAX_RECORD_RTTS)),
  coordinate: z.optional(z.object({
    x: z.number(), y: z.number(), heightMs: milliseconds, error: notNegative
  })),
  load: z.optional(notNegative),
  endorsement: z.optional(bytesOf(ENDORSEMENT_BYTES))
})

/** The envelope of a record, signed with the node's own key: `record.peer` follows from it. */
export async function sealRecord (
  record: Omit<NodeRecord, 'peer'>, privateKey: PrivateKey
): Promise<Uint8Array> {
  const {
    network, seq, issuedAtMs, role, region, addresses, http, rtts, coordinate, load, endorsement
  } = record
  return await sealEnvelope(encodeFields({
    kind: 'record', network, seq, issuedAtMs, role, region, http, rtts, coordinate, load,
    endorsement, addresses: addresses.map(({ bytes }) => bytes)
  }), privateKey)
}

/**
 * The record in an envelope, signature and rules checked.
 *
 * @throws RecordRefusedError (too-large, signature, network, clock, address, endorsement)
 * InvalidMessageError
 */
export async function openRecord (envelope: Uint8Array, rules: RecordRules): Promise<NodeRecord> {
  const record = await readRecord(envelope)
  await checkRecord(record, rules)
  return record
}

/**
 * The same with only the signature checked.
 *
 * @throws RecordRefusedError (too-large, signature) InvalidMessageError
 */
export async function readRecord (envelope: Uint8Array): Promise<NodeRecord> {
  return recordIn(await openEnvelope(envelope, MAX_RECORD_BYTES))
}

/**
 * The same with nothing checked but its shape, for bytes that are known to be the node's: they
 * stand in a statement it signed, or in a tracker's own store.
 *
 * @throws RecordRefusedError (too-large, signature) InvalidMessageError
 */
export function readVouchedRecord (envelope: Uint8Array, signerOf?: SignerOf): NodeRecord {
  return recordIn(readEnvelope(envelope, MAX_RECORD_BYTES, signerOf))
}

function recordIn ({ peer, payload }: OpenedEnvelope): NodeRecord {
  const { kind, ...fields } = parseDagCbor(Payload, payload, 'record')
  return { peer, ...fields }
}
