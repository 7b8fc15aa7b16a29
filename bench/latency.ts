/**
 * How long does one warm piece take, and how many round trips? in: flags. out: a table, JSON.
 *
 *   npm run bench latency -- [--pieces 160000B,1MiB] [--delays 0,20] [--count 100] [--runs 3]
 *                            [--warm 100MB] [--only cdnd,bare]
 *
 * One seeder, one leecher that is connected and knows who holds what; pieces are asked for one
 * after the other, each of them new, after so many bytes that are not counted. A delay is added to
 * every byte, in its order, in each direction, by a proxy of ours (testnet/link-proxy.ts). Round
 * trips are what the delay added to the median, divided by twice the delay.
 */

import { parseArgs } from 'node:util'
import { parseBytes } from '../protocols/units.ts'
import { LinkProxy } from '../testnet/link-proxy.ts'
import { ContenderProcess } from './rig/contender-process.ts'
import { type Entrant, entrantNamed } from './rig/contenders.ts'
import { installPeers } from './rig/peers.ts'
import { median, quantile, type Row, RUNS, ratio, report } from './rig/report.ts'

/** Asked for first, one by one: what a program does that has never fetched anything. */
const FIRST = 20
const AT_MOST_BARE = 1.3

const { values: flags } = parseArgs({
  args: process.argv.slice(2),
  options: {
    pieces: { type: 'string', default: '160000B,1MiB' },
    delays: { type: 'string', default: '0,20' },
    count: { type: 'string', default: '100' },
    warm: { type: 'string', default: '100MB' },
    runs: { type: 'string', default: String(RUNS) },
    only: { type: 'string', default: 'bare,cdnd,Helia bitswap,hypercore' },
    json: { type: 'string' }
  }
})
const entrants = flags.only.split(',').map(entrantNamed)
const delays = flags.delays.split(',').map(Number)
if (entrants.some(({ isForeign }) => isForeign === true)) installPeers()

interface Latency { first: number, p50: number, p95: number }

const rows: Row[] = []
const notes: string[] = []
const details: Record<string, Latency[]> = {}
for (const size of flags.pieces.split(',')) {
  const medians = new Map<string, Latency>()
  for (let run = 0; run < Number(flags.runs); run++) {
    for (const delayMs of delays) {
      for (const entrant of entrants) {
        const key = keyOf(size, delayMs, entrant)
        const one = await latency(entrant, parseBytes(size), delayMs)
        details[key] = [...details[key] ?? [], one]
        console.log(`${flags.count} pieces of ${size}, ${delayMs} ms one way, by ` +
          `${entrant.name}: ${one.p50.toFixed(2)} ms`)
      }
    }
  }
  for (const delayMs of delays) {
    for (const entrant of entrants) {
      const key = keyOf(size, delayMs, entrant)
      medians.set(key, mediansOf(details[key] ?? []))
      rows.push(rowOf(entrant, size, delayMs, medians))
    }
  }
}
report({
  name: 'latency',
  question: `One warm piece at a time, ${flags.count} of them after ${flags.warm}, ` +
    `medians of ${flags.runs} runs`,
  rows,
  notes,
  details
}, flags.json)

function keyOf (size: string, delayMs: number, { name }: Entrant): string {
  return `${size} ${delayMs} ms ${name}`
}

async function latency (
  { module, execArgv = [] }: Entrant, pieceBytes: number, delayMs: number
): Promise<Latency> {
  const count = Number(flags.count)
  const warm = Math.floor(parseBytes(flags.warm) / pieceBytes)
  const pieces = FIRST + warm + count
  const load = { module, execArgv, pieceBytes, pieces, sink: 'memory' } as const
  const proxy = new LinkProxy({ delayMs })
  const seeder = await ContenderProcess.start(load)
  const leecher = await ContenderProcess.start(load)
  try {
    const ticket = await seeder.seed()
    await leecher.leech([delayMs === 0 ? ticket : await rerouted(ticket, proxy)])
    const [first = Number.NaN] = await leecher.fetchOneByOne({ first: 0, count: FIRST })
    if (warm > 0) await leecher.fetch({ first: FIRST, count: warm })
    const tookMs = await leecher.fetchOneByOne({ first: FIRST + warm, count })
    return { first, p50: quantile(tookMs, 0.5), p95: quantile(tookMs, 0.95) }
  } finally {
    await leecher.stop()
    await seeder.stop()
    await proxy.stop()
  }
}

/** The ticket, with the proxy's port in place of each TCP port it names. */
async function rerouted (ticket: unknown, proxy: LinkProxy): Promise<unknown> {
  let text = JSON.stringify(ticket)
  for (const [place, before, port] of text.matchAll(/(\/tcp\/|"port":)(\d+)/g)) {
    const near = await proxy.forward({ host: '127.0.0.1', port: Number(port) })
    text = text.replace(place, `${before}${near.port}`)
  }
  return JSON.parse(text)
}

function mediansOf (runs: Latency[]): Latency {
  const of = (key: keyof Latency) => median(runs.map(run => run[key]))
  return { first: of('first'), p50: of('p50'), p95: of('p95') }
}

function rowOf (
  entrant: Entrant, size: string, delayMs: number, medians: Map<string, Latency>
): Row {
  const own = medians.get(keyOf(size, delayMs, entrant))!
  const undelayed = medians.get(keyOf(size, 0, entrant))
  const bare = medians.get(keyOf(size, delayMs, entrantNamed('bare')))
  if (entrant.name === 'cdnd' && bare != null) {
    notes.push(`${size} at ${delayMs} ms one way: cdnd takes ${ratio(own.p50, bare.p50)} bare ` +
      `(goal at most ${AT_MOST_BARE} ×)`)
  }
  return {
    'contender': entrant.name,
    'piece': size,
    'one way, ms': delayMs,
    'p50, ms': own.p50,
    'p95, ms': own.p95,
    'first, ms': own.first,
    'round trips': delayMs === 0 || undelayed == null
      ? undefined
      : ((own.p50 - undelayed.p50) / (2 * delayMs)).toFixed(2)
  }
}
