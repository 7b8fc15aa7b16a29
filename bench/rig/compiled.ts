/**
 * A machine where the program has run before. in: what daemons run. out: their compiled code is
 * there for those that are measured, as a launcher keeps it.
 */

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { withOwnNetwork } from '../../testnet/own-network.ts'
import { untilNeighbours } from './until-neighbours.ts'

const PEERS = 3
/** What a node calls after it has joined, it calls within this time. */
const RUN_MS = 8_000

/** Undefined: the source, of which none is kept. The code is gone when `use` has ended. */
export async function withCompiledCode<T> (
  entry: string | undefined, use: () => Promise<T>
): Promise<T> {
  if (entry == null) return await use()
  const folder = await mkdtemp(join(tmpdir(), 'cdnd-compiled-'))
  process.env.NODE_COMPILE_CACHE = folder
  try {
    const config = { region: 'here', store: { keepFree: '0' } }
    const init = { nodes: PEERS, edges: 1, dht: true, tracker: true, entry: resolve(entry), config }
    await withOwnNetwork(init, async (network, signal) => {
      await network.start()
      await untilNeighbours(network, PEERS - 1, signal)
      await sleep(RUN_MS, undefined, { signal })
    })
    return await use()
  } finally {
    delete process.env.NODE_COMPILE_CACHE
    await rm(folder, { recursive: true })
  }
}
