/**
 * What does a relay on the way cost? in: flags. out: a table, JSON.
 *
 *   npm run bench relay -- [--relays 0,1,2,3] [--delays 0,20] [--block 256KiB] [--count 40]
 *                          [--bytes 100MB] [--parallel 16] [--runs 3]
 *
 * A chain of nodes in this process, each with a real host; the first asks the last for blocks, one
 * after the other for the time of one, then many at a time for the rate. Each hop checks each block
 * whole. A delay is added to every byte, in its order, in each direction of each link
 * (testnet/shaped-tcp.ts). All hops share one core: the rate is that of all their work.
 */

import { parseArgs } from 'node:util'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { defaultLogger } from '@libp2p/logger'
import type { CID } from 'multiformats/cid'
import { cidOf } from '../protocols/cid.ts'
import { checkBlock } from '../protocols/content/check.ts'
import { type Exchange, exchange } from '../protocols/exchange/index.ts'
import { createHost, type Host } from '../protocols/host.ts'
import { sha256 } from '../protocols/sha256.ts'
import { allocate, giveBack } from '../protocols/spent-memory.ts'
import { parseBytes } from '../protocols/units.ts'
import { ShapedTcp } from '../testnet/shaped-tcp.ts'
import { median, type Row, RUNS, repeat, report } from './rig/report.ts'

const { values: flags } = parseArgs({
  args: process.argv.slice(2),
  options: {
    relays: { type: 'string', default: '0,1,2,3' },
    delays: { type: 'string', default: '0,20' },
    block: { type: 'string', default: '256KiB' },
    count: { type: 'string', default: '40' },
    bytes: { type: 'string', default: '100MB' },
    parallel: { type: 'string', default: '16' },
    runs: { type: 'string', default: String(RUNS) },
    json: { type: 'string' }
  }
})
const size = parseBytes(flags.block)

interface ChainNode { host: Host, blocks: Exchange }
interface Measured { ms: number, mbPerSecond: number, cpuMsPerMb: number }

const rows: Row[] = []
const details: Record<string, Measured[]> = {}
// Not counted: a program that has just started compiles itself.
await measure(1, 0)
for (const delayMs of flags.delays.split(',').map(Number)) {
  for (const relays of flags.relays.split(',').map(Number)) {
    const runs = await repeat(() => measure(relays, delayMs), Number(flags.runs))
    details[`${relays} relays, ${delayMs} ms`] = runs
    rows.push({
      'one way, ms': delayMs,
      relays,
      'one block, ms': median(runs.map(({ ms }) => ms)).toFixed(2),
      'MB/s': median(runs.map(({ mbPerSecond }) => mbPerSecond)).toFixed(0),
      'CPU ms/MB, all hops': median(runs.map(({ cpuMsPerMb }) => cpuMsPerMb)).toFixed(1)
    })
  }
}
report({
  name: 'relay',
  question: `Blocks of ${flags.block} over relays, medians of ${flags.runs} runs`,
  rows,
  notes: ['Without delays the processor is the limit: the rate is that of all hops together.'],
  details
}, flags.json)

async function measure (relays: number, delayMs: number): Promise<Measured> {
  const cids = new Map<string, Uint8Array>()
  const nodes = await Promise.all(Array.from({ length: relays + 2 }, (_, i) =>
    node(`127.0.9.${i + 1}`, delayMs, cids)))
  for (const [i, { host }] of nodes.slice(1).entries()) {
    await nodes[i]!.blocks.connect(host.peerId, host.getMultiaddrs())
  }
  const wanted = await madeBlocks(cids)
  const neighbour = nodes[0]!.blocks.neighbour(nodes[1]!.host.peerId)!
  const route = nodes.slice(1).map(({ host }) => host.peerId.toString())
  const ask = async (cid: CID): Promise<void> => {
    const bytes = await neighbour.want({ cid, size, ...(relays > 0 && { route }) })
    await checkBlock(cid, bytes!, sha256)
  }
  const times: number[] = []
  for (const cid of wanted.slice(0, Number(flags.count))) {
    const sinceMs = performance.now()
    await ask(cid)
    times.push(performance.now() - sinceMs)
  }
  const rate = await rateOf(wanted, ask)
  for (const { blocks, host } of nodes) {
    await blocks.stop()
    await host.stop()
  }
  return { ms: median(times), ...rate }
}

/** Many at a time. */
async function rateOf (
  wanted: CID[], ask: (cid: CID) => Promise<void>
): Promise<Pick<Measured, 'mbPerSecond' | 'cpuMsPerMb'>> {
  const blocks = Math.ceil(parseBytes(flags.bytes) / size)
  let next = 0
  const sinceMs = performance.now()
  const since = process.cpuUsage()
  await Promise.all(Array.from({ length: Number(flags.parallel) }, async () => {
    while (next < blocks) await ask(wanted[next++ % wanted.length]!)
  }))
  const megabytes = blocks * size / 1e6
  const { user, system } = process.cpuUsage(since)
  return {
    mbPerSecond: megabytes / (performance.now() - sinceMs) * 1000,
    cpuMsPerMb: (user + system) / 1000 / megabytes
  }
}

async function madeBlocks (into: Map<string, Uint8Array>): Promise<CID[]> {
  return await Promise.all(Array.from({ length: Number(flags.count) }, async (_, n) => {
    const bytes = new Uint8Array(size).fill(n)
    const cid = await cidOf(bytes, sha256)
    into.set(cid.toString(), bytes)
    return cid
  }))
}

async function node (
  localAddress: string, delayMs: number, held: Map<string, Uint8Array>
): Promise<ChainNode> {
  const logger = defaultLogger()
  const host = await createHost({
    privateKey: await generateKeyPair('Ed25519'),
    network: 'bench',
    listen: [`/ip4/${localAddress}/tcp/0`],
    dht: 'off',
    isPrivate: true,
    tcp: new ShapedTcp({ localAddress, shape: { delayMs } }).transport
  })
  const limits = {
    isEnabled: true, perPeerBytesPerSecond: 0, parallelPerPeer: 64, memoryBytes: 256 * 1024 * 1024
  }
  const blocks = exchange({ network: 'bench', role: 'peer', region: 'bench' })({
    host,
    memory: { allocate, giveBack },
    inventory: {
      events: new EventTarget(),
      get: async cid => held.get(cid.toString()),
      holdings: () => []
    },
    limits: { uploadBytesPerSecond: 0, parallelTransfers: 64 },
    relay: { limits, sha256 },
    logger
  })
  await blocks.start()
  return { host, blocks }
}
