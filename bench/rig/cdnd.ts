/**
 * cdnd as a contender: a title whose segments are the pieces, fetched through retrieval.
 * Encrypted, hashed against its CIDs, kept in the store.
 */

import { generateKeyPairFromSeed } from '@libp2p/crypto/keys'
import { peerIdFromString } from '@libp2p/peer-id'
import { multiaddr } from '@multiformats/multiaddr'
import type { CID } from 'multiformats/cid'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseCid } from '../../protocols/cid.ts'
import { type Block, buildManifest, chunkSegment, type SegmentEntry } from
  '../../protocols/content/index.ts'
import { sha256 } from '../../protocols/sha256.ts'
import type { Node } from '../../daemon/node.ts'
import { cdndNode } from './cdnd-node.ts'
import { eachPiece, type Fetched, type Leecher, type Load, type Part } from './contender.ts'
import { pieceOf } from './piece.ts'

interface Ticket { peer: string, addresses: string[], content: string }

const RENDITION = 'bench'
/** Of one segment, as ten seconds of 128 kbit/s. */
const DURATION_MS = 10_000
const POLL_MS = 10

export async function seed (load: Load): Promise<Ticket> {
  const { host, parts: { store, holdings } } = await cdndNode(load)
  const segments: SegmentEntry[] = []
  const put = async ({ cid, bytes }: Block) => { await store.put(cid, bytes) }
  for (let piece = 0; piece < load.pieces; piece++) {
    const bytes = pieceOf(piece, load.pieceBytes)
    const { entry, blocks } = await chunkSegment(bytes, { sha256, blockBytes: load.pieceBytes })
    segments.push({ ...entry, durationMs: DURATION_MS })
    await Promise.all(blocks.map(put))
  }
  const bandwidth = Math.ceil(load.pieceBytes * 8000 / DURATION_MS)
  const { id, blocks } = await buildManifest({
    title: 'bench',
    kind: 'vod',
    renditions: [{ name: RENDITION, bandwidth, codecs: 'mp4a.40.2', segments }]
  }, await generateKeyPairFromSeed('Ed25519', new Uint8Array(32)), sha256)
  await Promise.all(blocks.map(put))
  await holdings.adopt(id)
  return {
    peer: host.peerId.toString(),
    addresses: host.getMultiaddrs().map(String),
    content: id.toString()
  }
}

export async function leech (load: Load, tickets: Ticket[]): Promise<Leecher> {
  const { parts } = await cdndNode(load)
  const { exchange, retrieval } = parts
  const content = parseCid(tickets[0]!.content)
  for (const { peer, addresses } of tickets) {
    await exchange.connect(peerIdFromString(peer), addresses.map(text => multiaddr(text)))
  }
  // As a listener's node does before it plays: the manifest, and who holds what of the title.
  await retrieval.manifest(content)
  while ([...exchange.neighbours()].some(neighbour => !neighbour.holdsAny(content))) {
    await sleep(POLL_MS)
  }
  return {
    fetch: async part => await fetch(parts, content, load, part, tickets),
    fetchOne: async piece => { await retrieval.segment(content, RENDITION, piece) }
  }
}

async function fetch (
  { retrieval, exchange }: Node['parts'], content: CID, load: Load, part: Part, tickets: Ticket[]
): Promise<Fetched> {
  const bySource = new Map(tickets.map(({ peer }) => [peer, 0]))
  const receivedBefore = receivedBytes(exchange)
  let bytes = 0
  await eachPiece(part, async piece => {
    const { size, deliveries } = await retrieval.segment(content, RENDITION, piece)
    bytes += size
    for (const { from = '', bytes } of deliveries) {
      bySource.set(from, (bySource.get(from) ?? 0) + bytes)
    }
  })
  // The part that is measured ends when its last block is in the store.
  if (part.first === load.warmPieces) await retrieval.stop()
  return {
    bytes,
    bySeeder: tickets.map(({ peer }) => bySource.get(peer) ?? 0),
    receivedBytes: receivedBytes(exchange) - receivedBefore
  }
}

const receivedBytes = (exchange: Node['parts']['exchange']): number =>
  [...exchange.neighbours()].reduce((sum, { receivedBytes }) => sum + receivedBytes, 0)
