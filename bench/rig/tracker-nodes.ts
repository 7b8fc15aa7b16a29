/**
 * Nodes that announce to a tracker, as real ones do: keys, records, signed envelopes.
 * in: how many, and how many titles there are. out: envelopes, made when they are asked for.
 */

import { generateKeyPair } from '@libp2p/crypto/keys'
import type { PeerId } from '@libp2p/interface'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { multiaddr } from '@multiformats/multiaddr'
import { CID } from 'multiformats/cid'
import { create as createDigest } from 'multiformats/hashes/digest'
import { DAG_CBOR_CODE, SHA2_256_CODE } from '../../protocols/cid.ts'
import { sha256 } from '../../protocols/sha256.ts'
import { type AnnouncedTitle, NodeSigner } from '../../protocols/tracker/index.ts'

export const NETWORK = 'bench'
const REGIONS = ['eu', 'us', 'asia', 'africa']
/** Of a record: as many as a node has that measures its edges and its eight neighbours. */
const RTTS = 10

export interface TrackerNode { peer: PeerId, signer: NodeSigner }

export async function makeNodes (count: number): Promise<TrackerNode[]> {
  const landmarks = await Promise.all(Array.from({ length: 200 }, async () =>
    `${peerIdFromPrivateKey(await generateKeyPair('Ed25519'))}`))
  return await Promise.all(Array.from({ length: count }, async (_, i) => {
    const privateKey = await generateKeyPair('Ed25519')
    const peer = peerIdFromPrivateKey(privateKey)
    const host = `10.${i >> 16}.${i >> 8 & 255}.${i & 255}`
    const addresses = [`/ip4/${host}/tcp/4001`, `/ip4/${host}/udp/4001/webrtc-direct`]
      .map(address => multiaddr(`${address}/p2p/${peer}`))
    const signer = new NodeSigner({
      privateKey,
      describe: () => ({
        network: NETWORK,
        role: 'peer',
        region: REGIONS[i % REGIONS.length]!,
        addresses,
        rtts: Array.from({ length: RTTS }, (_, j) =>
          ({ peer: landmarks[(i + j * 7) % landmarks.length]!, rttMs: 20 + (i * 31 + j) % 180 })),
        coordinate: { x: i % 97, y: i % 89, heightMs: 3, error: 0.2 }
      })
    })
    return { peer, signer }
  }))
}

export function contentAt (index: number): CID {
  const digest = sha256(new TextEncoder().encode(`title ${index}`)) as Uint8Array
  return CID.createV1(DAG_CBOR_CODE, createDigest(SHA2_256_CODE, digest))
}

export const announced = (content: CID): AnnouncedTitle => ({
  content,
  renditions: [
    { rendition: '128k', held: 12, blocks: 60 }, { rendition: '256k', held: 7, blocks: 120 }
  ]
})
