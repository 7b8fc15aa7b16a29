/**
 * A link-state record in its envelope, to be gossiped and checked by everyone who passes it on.
 * in: a record and the node's key, or an envelope from anywhere.
 * out: the envelope, or a record that keeps the rules.
 *
 * Payload, DAG-CBOR: `{kind: 'links', network, seq, issuedAtMs, role, region,
 *   links: bytes (link-list.ts),
 *   relays?: false,
 *   at?: [x, y, height, error]}`: tenths of a millisecond, and thousandths.
 */

import type { PrivateKey } from '@libp2p/interface'
import * as z from 'zod/mini'
import type { Clock } from '../clock.ts'
import {
  MAX_COORDINATE_MS, MAX_LINK_STATE_AGE_MS, MAX_LINK_STATE_BYTES, MAX_LINKS
} from '../limits.ts'
import { assertNetwork, assertTime } from '../tracker/check-record.ts'
import { openEnvelope, sealEnvelope } from '../tracker/envelope.ts'
import {
  bytesUpTo, count, encodeFields, networkName, parseDagCbor, regionName, roleName
} from '../tracker/fields.ts'
import { LINK_BYTES, packLinks, unpackLinks } from './link-list.ts'
import type { Coordinate, LinkState } from './types.ts'

const TENTHS = 10
const THOUSANDTHS = 1000
const MAX_TENTHS = MAX_COORDINATE_MS * TENTHS

const upTo = (most: number) => z.int().check(z.nonnegative(), z.maximum(most))
const signed = z.int().check(z.minimum(-MAX_TENTHS), z.maximum(MAX_TENTHS))
/** Shared with other records that tell where a node is. */
export const coordinateField = z.tuple([signed, signed, upTo(MAX_TENTHS), upTo(THOUSANDTHS)])

const Payload = z.object({
  kind: z.literal('links'),
  network: networkName,
  seq: count,
  issuedAtMs: count,
  role: roleName,
  region: regionName,
  links: bytesUpTo(MAX_LINKS * LINK_BYTES),
  relays: z.optional(z.literal(false)),
  at: z.optional(coordinateField)
})

/** What a record is held against. */
export interface LinkStateRules { network: string, clock: Clock }

/** The envelope of a record, signed with the node's own key: `state.peer` follows from it. */
export async function sealLinkState (
  state: Omit<LinkState, 'peer'>, privateKey: PrivateKey
): Promise<Uint8Array> {
  const { network, seq, issuedAtMs, role, region, links, relays, coordinate } = state
  return await sealEnvelope(encodeFields({
    kind: 'links', network, seq, issuedAtMs, role, region, links: packLinks(links),
    relays: relays ? undefined : false,
    at: coordinate == null ? undefined : packCoordinate(coordinate)
  }), privateKey)
}

/**
 * The record in an envelope, signature, network and time checked. Whether it is newer than the one
 * we have is the table's to know.
 *
 * @throws RecordRefusedError (too-large, signature, network, clock) InvalidMessageError
 */
export async function openLinkState (
  envelope: Uint8Array, { network, clock }: LinkStateRules
): Promise<LinkState> {
  const { peer, payload } = await openEnvelope(envelope, MAX_LINK_STATE_BYTES)
  const { kind, links, relays = true, at, ...fields } =
    parseDagCbor(Payload, payload, 'link-state record')
  assertNetwork(fields, network)
  assertTime(fields.issuedAtMs, clock(), MAX_LINK_STATE_AGE_MS)
  return {
    ...fields,
    peer,
    links: unpackLinks(links),
    relays,
    ...(at != null && { coordinate: coordinateOf(at) })
  }
}

export type PackedCoordinate = z.infer<typeof coordinateField>

/** Rounded, and brought within bounds. */
export function packCoordinate ({ x, y, heightMs, error }: Coordinate): PackedCoordinate {
  return [
    within(x * TENTHS, -MAX_TENTHS, MAX_TENTHS),
    within(y * TENTHS, -MAX_TENTHS, MAX_TENTHS),
    within(heightMs * TENTHS, 0, MAX_TENTHS),
    within(error * THOUSANDTHS, 0, THOUSANDTHS)
  ]
}

export function coordinateOf ([x, y, height, error]: PackedCoordinate): Coordinate {
  return { x: x / TENTHS, y: y / TENTHS, heightMs: height / TENTHS, error: error / THOUSANDTHS }
}

const within = (value: number, least: number, most: number): number =>
  Math.min(most, Math.max(least, Math.round(value)))
