/**
 * Nodes to test with: keys that are the same in every run, and signers that describe them.
 */

import { generateKeyPairFromSeed } from '@libp2p/crypto/keys'
import type { Ed25519PrivateKey, PeerId } from '@libp2p/interface'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { multiaddr } from '@multiformats/multiaddr'
import { CID } from 'multiformats/cid'
import * as raw from 'multiformats/codecs/raw'
import { create as createDigest } from 'multiformats/hashes/digest'
import { DAG_CBOR_CODE } from '../../../protocols/cid.ts'
import type { Clock } from '../../../protocols/clock.ts'
import { sha256 } from '../../../protocols/sha256.ts'
import { type NodeDescription, NodeSigner } from '../../../protocols/tracker/index.ts'

export const NETWORK = 'test'
/** A fixed moment: 2026-01-01. */
export const NOW = 1_767_225_600_000

export interface TestNode {
  key: Ed25519PrivateKey
  peer: PeerId
  signer: NodeSigner
  description: NodeDescription
}

export async function testKey (seed: number): Promise<Ed25519PrivateKey> {
  return await generateKeyPairFromSeed('Ed25519', new Uint8Array(32).fill(seed))
}

export async function testNode (
  seed: number, overrides: Partial<NodeDescription> = {}, clock: Clock = () => NOW
): Promise<TestNode> {
  const key = await testKey(seed)
  const description: NodeDescription = {
    network: NETWORK,
    role: 'peer',
    region: 'eu',
    addresses: [multiaddr(`/ip4/127.0.0.1/tcp/${4000 + seed}`)],
    rtts: [],
    ...overrides
  }
  const signer = new NodeSigner({ privateKey: key, describe: () => description, clock })
  return { key, peer: peerIdFromPrivateKey(key), signer, description }
}

/** A content ID made from a word. */
export const contentNamed = (name: string): CID => cidNamed(name, DAG_CBOR_CODE)

/** A block's CID made from a word. */
export const blockNamed = (name: string): CID => cidNamed(name, raw.code)

function cidNamed (name: string, code: number): CID {
  return CID.createV1(
    code, createDigest(0x12, sha256(new TextEncoder().encode(name)) as Uint8Array)
  )
}

/** The error a promise rejects with, by name and reason. */
export async function refusal (promise: Promise<unknown>): Promise<string> {
  try {
    await promise
  } catch (err) {
    const { name, reason } = err as Error & { reason?: string }
    return reason == null ? name : `${name} ${reason}`
  }
  return 'nothing'
}
