/**
 * Helia's bitswap as a contender: each piece is a raw block, asked for by its CID. libp2p with tcp,
 * noise and yamux only, so that no DHT and no other transport costs it anything; blocks in
 * blockstore-fs on disk, in Helia's own default in memory. Encrypted, hashed, kept.
 */

import { withBitswap } from '@helia/bitswap'
import { withLibp2pLight } from '@helia/libp2p'
import { identify } from '@libp2p/identify'
import { noise } from '@libp2p/noise'
import { tcp } from '@libp2p/tcp'
import { yamux } from '@libp2p/yamux'
import { multiaddr } from '@multiformats/multiaddr'
import { FsBlockstore } from 'blockstore-fs'
import { createHeliaLight } from 'helia'
import { join } from 'node:path'
import { CID } from 'multiformats/cid'
import * as raw from 'multiformats/codecs/raw'
import { sha256 } from 'multiformats/hashes/sha2'
import { setTimeout as sleep } from 'node:timers/promises'
import { allOf, eachPiece } from '../rig/contender.ts'
import { pieceOf } from '../rig/piece.ts'

/** For identify: before it, bitswap does not know that the other end speaks it. */
const SETTLE_MS = 300

async function start ({ folder, sink }) {
  const blockstore = sink === 'disk' ? new FsBlockstore(join(folder, 'blocks')) : undefined
  await blockstore?.open()
  const helia = withBitswap(withLibp2pLight(createHeliaLight({ blockstore }), {
    addresses: { listen: ['/ip4/127.0.0.1/tcp/0'] },
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    services: { identify: identify() }
  }))
  await helia.start()
  return helia
}

export async function seed (load) {
  const helia = await start(load)
  const cids = []
  await eachPiece(allOf(load), async piece => {
    const bytes = pieceOf(piece, load.pieceBytes)
    const cid = CID.createV1(raw.code, await sha256.digest(bytes))
    cids[piece] = cid.toString()
    await helia.blockstore.put(cid, bytes)
  })
  return { address: helia.libp2p.getMultiaddrs()[0].toString(), cids }
}

export async function leech (load, tickets) {
  const helia = await start(load)
  for (const { address } of tickets) await helia.libp2p.dial(multiaddr(address))
  await sleep(SETTLE_MS)
  const cids = tickets[0].cids.map(cid => CID.parse(cid))
  const fetchOne = async piece => {
    let bytes = 0
    for await (const chunk of helia.blockstore.get(cids[piece])) bytes += chunk.byteLength
    return bytes
  }
  return {
    fetch: async part => {
      let bytes = 0
      await eachPiece(part, async piece => {
        const got = await fetchOne(piece)
        bytes += got
      })
      return { bytes }
    },
    fetchOne
  }
}
