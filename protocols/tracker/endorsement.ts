/**
 * An operator's word for an edge or origin: this node may serve this network over HTTP.
 * in: who, as what, at which URL, and the operator's Ed25519 key.
 * out: a signature that travels in the node's record.
 *
 * Signed: "cdnd-endorsement@1" 0x00, then DAG-CBOR `{http: text or null, network, peer, role}`.
 */

import * as dagCbor from '@ipld/dag-cbor'
import type { PeerId, PrivateKey, PublicKey } from '@libp2p/interface'
import type { Role } from '../exchange/index.ts'

/** What an endorsement is for; with any of it changed the endorsement no longer holds. */
export interface Endorsed {
  network: string
  peer: PeerId
  role: Role
  /** `http://host:port`, absent where the node serves none. */
  http?: string
}

export const ENDORSEMENT_BYTES = 64
const DOMAIN = new TextEncoder().encode('cdnd-endorsement@1\0')

export async function endorse (endorsed: Endorsed, operator: PrivateKey): Promise<Uint8Array> {
  return await operator.sign(signedBytes(endorsed))
}

export async function isEndorsed (
  endorsed: Endorsed, signature: Uint8Array, operatorKey: PublicKey
): Promise<boolean> {
  return await operatorKey.verify(signedBytes(endorsed), signature)
}

function signedBytes ({ network, peer, role, http }: Endorsed): Uint8Array {
  const fields = dagCbor.encode({ network, peer: peer.toString(), role, http: http ?? null })
  const bytes = new Uint8Array(DOMAIN.byteLength + fields.byteLength)
  bytes.set(DOMAIN)
  bytes.set(fields, DOMAIN.byteLength)
  return bytes
}
