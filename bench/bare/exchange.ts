/**
 * The bare exchange: what cdnd's own is held against. One long-lived stream, pipelined requests,
 * the same hash check and the same store at both ends; no priorities, no limits, no second peer to
 * choose, no faults. Encrypted, hashed, kept in the store.
 */

import { multiaddr } from '@multiformats/multiaddr'
import type { Stream } from '@libp2p/interface'
import type { CID } from 'multiformats/cid'
import { Uint8ArrayList } from 'uint8arraylist'
import { cidOf, parseCid } from '../../protocols/cid.ts'
import { checkBlock } from '../../protocols/content/index.ts'
import { sha256 } from '../../protocols/sha256.ts'
import type { Store } from '../../daemon/store/index.ts'
import { allOf, eachPiece, type Fetched, type Leecher, type Load, type Part } from
  '../rig/contender.ts'
import { pieceOf } from '../rig/piece.ts'
import { openSink } from '../rig/sink.ts'
import { encodeHeader, RequestReader } from './frames.ts'
import { addressOf, bareHost } from './host.ts'
import { PieceRequests } from './requests.ts'

const PROTOCOL = '/bench/bare/1'

interface Ticket { address: string, cids: string[] }

export async function seed (load: Load): Promise<Ticket> {
  const [host, store] = await Promise.all([bareHost(), openSink(load)])
  const cids: CID[] = []
  await eachPiece(allOf(load), async piece => {
    const bytes = pieceOf(piece, load.pieceBytes)
    const cid = await cidOf(bytes, sha256)
    cids[piece] = cid
    await store.put(cid, bytes)
  })
  await host.handle(PROTOCOL, stream => { serve(stream, store, cids) })
  return { address: addressOf(host), cids: cids.map(String) }
}

/** Answers one after the other, the next one read while one is sent. */
function serve (stream: Stream, store: Store, cids: CID[]): void {
  const requests = new RequestReader()
  let sent: Promise<void> = Promise.resolve()
  const answer = (id: number, piece: number): void => {
    const reading = store.get(cids[piece]!)
    sent = sent.then(async () => {
      const bytes = (await reading)!
      const isRoom = stream.send(new Uint8ArrayList(encodeHeader(id, bytes.byteLength), bytes))
      if (!isRoom) await stream.onDrain()
    })
  }
  stream.addEventListener('message', ({ data }) => {
    for (const { id, piece } of requests.push(data.subarray())) answer(id, piece)
  })
}

export async function leech (load: Load, tickets: Ticket[]): Promise<Leecher> {
  const [host, store] = await Promise.all([bareHost(), openSink(load)])
  const cids = tickets[0]!.cids.map(parseCid)
  const seeders = await Promise.all(tickets.map(async ({ address }) => {
    const stream = await host.dialProtocol(multiaddr(address), PROTOCOL)
    const requests = new PieceRequests(bytes => stream.send(bytes), load.pieceBytes)
    stream.addEventListener('message', ({ data }) => {
      for (const chunk of data instanceof Uint8Array ? [data] : data) requests.push(chunk)
    })
    return requests
  }))
  const fetchOne = async (piece: number): Promise<Buffer> => {
    const bytes = await seeders[piece % seeders.length]!.get(piece)
    await checkBlock(cids[piece]!, bytes, sha256)
    return bytes
  }
  return {
    fetch: async part => await fetch(part, store, cids, fetchOne),
    fetchOne: async piece => { await fetchOne(piece) }
  }
}

/** Stores behind the answer, and ends when all is stored. */
async function fetch (
  part: Part, store: Store, cids: CID[], fetchOne: (piece: number) => Promise<Buffer>
): Promise<Fetched> {
  const writes: Array<Promise<void>> = []
  let bytes = 0
  await eachPiece(part, async piece => {
    const block = await fetchOne(piece)
    bytes += block.byteLength
    writes.push(store.put(cids[piece]!, block))
  })
  await Promise.all(writes)
  return { bytes }
}
