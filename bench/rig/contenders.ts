/**
 * Who takes part in the transfer benchmarks, and what work each does.
 */

import { join, resolve } from 'node:path'

export interface Entrant {
  name: string
  /** Absolute path of its {@link Contender} module. */
  module: string
  encrypted: string
  hashed: string
  kept: string
  /** True for those of `bench/peers`, which are installed apart. */
  isForeign?: true
  /** Flags for Node. */
  execArgv?: string[]
}

const BENCH = resolve(import.meta.dirname, '..')

const NOISE = 'Noise'
const SHA256 = 'sha-256'
const NO = 'no'
/** As the launcher has it (bin/launch.js): cdnd is measured as it is shipped. */
const V8_FLAGS = ['--max-semi-space-size=4']

export const ENTRANTS: readonly Entrant[] = [
  entrant('raw TCP', 'bare/raw-tcp.ts', NO, NO, NO),
  entrant('libp2p stream', 'bare/libp2p-stream.ts', NOISE, NO, NO),
  entrant('bare', 'bare/exchange.ts', NOISE, SHA256, 'store'),
  { ...entrant('cdnd', 'rig/cdnd.ts', NOISE, SHA256, 'store'), execArgv: V8_FLAGS },
  entrant('Helia bitswap', 'peers/helia.js', NOISE, SHA256, 'blockstore-fs'),
  entrant('hypercore', 'peers/hypercore.js', NOISE, 'BLAKE2b tree', 'RocksDB'),
  entrant('WebTorrent', 'peers/webtorrent.js', NO, 'sha-1', 'file')
]

function entrant (
  name: string, file: string, encrypted: string, hashed: string, kept: string
): Entrant {
  const isForeign = file.startsWith('peers/')
  const module = join(BENCH, file)
  return { name, module, encrypted, hashed, kept, ...(isForeign && { isForeign }) }
}

export const entrantNamed = (name: string): Entrant => {
  const found = ENTRANTS.find(entrant => entrant.name === name)
  if (found == null) throw new Error(`there is no contender "${name}"`)
  return found
}
