/**
 * How fast do pieces get from one node to another, checked, and what does it cost? in: flags.
 * out: a table for each piece size, the ratios that are claimed, JSON.
 *
 *   npm run bench transfer -- [--pieces 160000B,1MiB] [--bytes 200MB] [--warm 500MB] [--runs 3]
 *                             [--sink disk|memory] [--only cdnd,bare]
 *
 * One seeder and one leecher, each a process of its own and fresh for every run; contenders take
 * turns, so that a busy moment of the machine hits all alike. What a piece is to each, and what it
 * does with it, stands in the modules of `bench/rig`, `bench/bare` and `bench/peers`. With `--warm`
 * so much is moved before that is not measured: as nodes do that have run for a while.
 */

import { parseArgs } from 'node:util'
import { parseBytes } from '../protocols/units.ts'
import { ENTRANTS, type Entrant } from './rig/contenders.ts'
import type { Sink } from './rig/contender.ts'
import { installPeers } from './rig/peers.ts'
import { median, type Row, RUNS, ratio, report } from './rig/report.ts'
import { type Transfer, transfer } from './rig/transfer-run.ts'

const { values: flags } = parseArgs({
  args: process.argv.slice(2),
  options: {
    pieces: { type: 'string', default: '160000B,1MiB' },
    bytes: { type: 'string', default: '200MB' },
    warm: { type: 'string', default: '0B' },
    runs: { type: 'string', default: String(RUNS) },
    sink: { type: 'string', default: 'disk' },
    only: { type: 'string' },
    json: { type: 'string' }
  }
})
const only = flags.only?.split(',')
const entrants = ENTRANTS.filter(({ name }) => only == null || only.includes(name))
if (entrants.some(({ isForeign }) => isForeign === true)) installPeers()

/** What is claimed of cdnd's rate against each, by piece size: small, large. */
const AT_LEAST: Record<string, [small: number, large: number]> = {
  'bare': [0.85, 0.85], 'Helia bitswap': [3, 2], 'hypercore': [2.5, 1.5], 'WebTorrent': [1.2, 1]
}
const BARE_TO_RAW = 0.08
const LARGE_BYTES = 512 * 1024

type Medians = Record<Exclude<keyof Transfer, 'shares' | 'waste'>, number>

const rows: Row[] = []
const notes: string[] = []
const details: Record<string, Record<string, Transfer[]>> = {}
for (const size of flags.pieces.split(',')) {
  const runs = await takeTurns(parseBytes(size))
  details[size] = Object.fromEntries(runs)
  const medians = new Map([...runs].map(([name, all]) => [name, mediansOf(all)]))
  rows.push(...entrants.map(entrant => rowOf(entrant, size, medians)))
  notes.push(...claims(size, medians))
}
report({
  name: 'transfer',
  question: `One seeder to one leecher, ${flags.bytes} after ${flags.warm}, ` +
    `medians of ${flags.runs} runs, ` +
    `kept ${flags.sink === 'disk' ? 'on disk' : 'in memory'}`,
  rows,
  notes,
  details
}, flags.json)

async function takeTurns (pieceBytes: number): Promise<Map<string, Transfer[]>> {
  const init = {
    pieceBytes,
    totalBytes: parseBytes(flags.bytes),
    warmBytes: parseBytes(flags.warm),
    sink: flags.sink as Sink,
    seeders: 1
  }
  const runs = new Map<string, Transfer[]>(entrants.map(({ name }) => [name, []]))
  for (let run = 0; run < Number(flags.runs); run++) {
    for (const entrant of entrants) {
      const one = await transfer(entrant, init)
      runs.get(entrant.name)?.push(one)
      console.log(`${flags.bytes} in ${pieceBytes} bytes a piece by ${entrant.name}: ` +
        `${(one.bytesPerSecond / 1e6).toFixed(0)} MB/s`)
    }
  }
  return runs
}

function mediansOf (runs: Transfer[]): Medians {
  const of = (key: keyof Medians) => median(runs.map(run => run[key]))
  return {
    bytesPerSecond: of('bytesPerSecond'),
    cpuSecondsPerGB: of('cpuSecondsPerGB'),
    seederCpuSecondsPerGB: of('seederCpuSecondsPerGB'),
    seederPeakBytes: of('seederPeakBytes'),
    leecherPeakBytes: of('leecherPeakBytes')
  }
}

function rowOf (entrant: Entrant, size: string, medians: Map<string, Medians>): Row {
  const { name, encrypted, hashed, kept } = entrant
  const own = medians.get(name)!
  const bare = medians.get('bare')?.bytesPerSecond ?? Number.NaN
  return {
    'contender': name,
    'piece': size,
    encrypted,
    hashed,
    'kept': kept === 'no' || flags.sink === 'disk' ? kept : 'in memory',
    'MB/s': own.bytesPerSecond / 1e6,
    '÷ bare': own.bytesPerSecond / bare,
    'CPU s/GB, both': own.cpuSecondsPerGB,
    'of it seeder': own.seederCpuSecondsPerGB,
    'peak PSS seeder, MB': own.seederPeakBytes / 1e6,
    'leecher, MB': own.leecherPeakBytes / 1e6
  }
}

/** Each ratio that is claimed, beside what it should be. */
function claims (size: string, medians: Map<string, Medians>): string[] {
  const cdnd = medians.get('cdnd')
  const [raw, bare] = [medians.get('raw TCP'), medians.get('bare')]
  const found: string[] = []
  if (raw != null && bare != null) {
    found.push(`${size}: bare is ${ratio(bare.bytesPerSecond, raw.bytesPerSecond)} raw TCP ` +
      `(goal ${BARE_TO_RAW} ×)`)
  }
  if (cdnd == null) return found
  for (const [name, [small, large]] of Object.entries(AT_LEAST)) {
    const peer = medians.get(name)
    if (peer == null) continue
    const goal = parseBytes(size) < LARGE_BYTES ? small : large
    const rate = ratio(cdnd.bytesPerSecond, peer.bytesPerSecond)
    const cpu = ratio(cdnd.cpuSecondsPerGB, peer.cpuSecondsPerGB)
    const memory = ratio(memoryOf(cdnd), memoryOf(peer))
    found.push(`${size}: cdnd is ${rate} ${name} (goal ${goal} ×), at ${cpu} its CPU time ` +
      `and ${memory} its memory`)
  }
  return found
}

function memoryOf ({ seederPeakBytes, leecherPeakBytes }: Medians): number {
  return seederPeakBytes + leecherPeakBytes
}
