/**
 * What does it cost a node to know how far others are? in: flags. out: bytes, frames and CPU of
 * gossip a node, in networks of several sizes, and of one node that hears of thousands.
 *
 *   npm run bench -- gossip [--nodes 20,60,160] [--heard 1000,10000] [--flood 10000]
 *                           [--warm 60] [--seconds 180] [--json FILE]
 *
 * The nodes are real libp2p hosts over TCP on loopback, all in this process, with gossip and
 * nothing else: each dials two at random and two whose IDs are near its own, as neighbours and the
 * DHT do, and measures made-up round-trip times with noise. CPU is that of the process by the
 * nodes, less that of the same hosts without gossip.
 * Of thousands only those are made that the node can hear, in another process: its cell's, which
 * keep the pace that all keep, and one server in a hundred. `--flood` does not keep it: all tell
 * once a minute in one topic.
 */

import { fork } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { seededRandom } from '../testnet/seeded-random.ts'
import { type Cost, GossipNetwork } from './rig/gossip-network.ts'
import { quantile, report, type Row } from './rig/report.ts'

const FEED = join(import.meta.dirname, 'rig', 'gossip-feed-process.ts')
const SILENT_MS = 20_000
/** Of encryption, multiplexing, TCP and IP, which the counts of frames leave out. */
const BYTES_A_FRAME = 100

const { values: flags } = parseArgs({
  args: process.argv.slice(2),
  options: {
    nodes: { type: 'string', default: '20,60,160' },
    heard: { type: 'string', default: '1000,10000' },
    flood: { type: 'string', default: '10000' },
    warm: { type: 'string', default: '60' },
    seconds: { type: 'string', default: '180' },
    json: { type: 'string' }
  }
})
const [warmMs, measuredMs] = [1000 * Number(flags.warm), 1000 * Number(flags.seconds)]
const numbers = (list: string): number[] => list.split(',').filter(Boolean).map(Number)

const rows: Row[] = []
for (const count of numbers(flags.nodes)) rows.push(await among(count))
for (const count of numbers(flags.heard)) rows.push(await hearing(count, true))
for (const count of numbers(flags.flood)) rows.push(await hearing(count, false))
report({
  name: 'gossip',
  question: 'What it costs a node to know how far others are',
  rows,
  notes: [
    `${flags.seconds} s, ${flags.warm} s after the start; medians over nodes of what is known`,
    `bytes both ways, of gossip's streams; on the wire ${BYTES_A_FRAME} more for each frame`,
    'CPU of one core, beyond that of the same hosts without gossip'
  ]
}, flags.json)

/** Real nodes, all in this process. */
async function among (count: number): Promise<Row> {
  const random = seededRandom(count)
  const silent = await GossipNetwork.open(count, { random, isSilent: true })
  const { cpuShare: idle } = await silent.measure(SILENT_MS)
  await silent.close()
  const network = await GossipNetwork.open(count, { random })
  await sleep(warmMs)
  const cost = await network.measure(measuredMs)
  const { nodes } = network
  const row = {
    network: `${count} nodes`,
    ...shown(cost, idle),
    'period, s': Math.round(nodes[0]!.gossip!.periodMs / 1000),
    'records held': quantile(nodes.map(({ table }) => table.size), 0.5),
    cells: new Set(nodes.map(({ gossip }) => gossip!.cell)).size,
    dropped: nodes.reduce((sum, { gossip }) => sum + total(gossip!.counts.dropped), 0)
  }
  await network.close()
  return row
}

/** One real node, and thousands in another process. */
async function hearing (count: number, keepsPace: boolean): Promise<Row> {
  const random = seededRandom(count)
  const silent = await GossipNetwork.open(1, { random, isSilent: true })
  const { cpuShare: idle } = await silent.measure(SILENT_MS)
  await silent.close()
  const network = await GossipNetwork.open(1, { random })
  const [node] = network.nodes
  const address = `${node!.host.getMultiaddrs()[0]}`
  const feed = fork(FEED, [address, node!.id, String(count), String(keepsPace)], {
    stdio: ['pipe', 'pipe', 'inherit', 'ipc']
  })
  const said = createInterface(feed.stdout!)[Symbol.asyncIterator]()
  await said.next()
  for (const { remotePeer } of node!.host.getConnections()) node!.measures(remotePeer)
  await sleep(warmMs)
  const cost = await network.measure(measuredMs)
  const row = {
    network: keepsPace ? `1 that hears of ${count}` : `1 that ${count} flood`,
    ...shown(cost, idle),
    'period, s': Math.round(node!.gossip!.periodMs / 1000),
    'records held': node!.table.size,
    cells: 2 ** node!.gossip!.cell.length,
    dropped: total(node!.gossip!.counts.dropped),
    'table, KiB': node!.table.bytes / 1024,
    'peers shunned': node!.reputation.shunned
  }
  feed.stdin!.end()
  await network.close()
  return row
}

function shown ({ cpuShare, bytesPerSecond, framesPerMinute }: Cost, idle: number): Row {
  const frames = framesPerMinute / 60
  return {
    'bytes/s': Math.round(bytesPerSecond),
    'on the wire, bytes/s': Math.round(bytesPerSecond + 2 * frames * BYTES_A_FRAME),
    'frames sent/min': Math.round(framesPerMinute),
    'CPU, %': 100 * Math.max(0, cpuShare - idle)
  }
}

function total (counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((sum, count) => sum + count, 0)
}
