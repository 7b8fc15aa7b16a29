/**
 * Do several seeders bring pieces as fast as one, and do they share the work? in: flags. out: a
 * table, JSON.
 *
 *   npm run bench swarm -- [--seeders 4] [--pieces 160000B,1MiB] [--bytes 200MB]
 *                          [--warm 500MB] [--runs 3] [--sink disk|memory] [--only cdnd,bare]
 *
 * As in `transfer`, with every seeder a process of its own and holding all pieces. The runs with
 * one seeder and with several take turns.
 */

import { parseArgs } from 'node:util'
import { parseBytes } from '../protocols/units.ts'
import { type Entrant, entrantNamed } from './rig/contenders.ts'
import type { Sink } from './rig/contender.ts'
import { installPeers } from './rig/peers.ts'
import { median, type Row, RUNS, report } from './rig/report.ts'
import { type Transfer, transfer } from './rig/transfer-run.ts'

const { values: flags } = parseArgs({
  args: process.argv.slice(2),
  options: {
    seeders: { type: 'string', default: '4' },
    pieces: { type: 'string', default: '160000B,1MiB' },
    bytes: { type: 'string', default: '200MB' },
    warm: { type: 'string', default: '0B' },
    runs: { type: 'string', default: String(RUNS) },
    sink: { type: 'string', default: 'disk' },
    only: { type: 'string', default: 'cdnd,bare,Helia bitswap,hypercore,WebTorrent' },
    json: { type: 'string' }
  }
})
const entrants = flags.only.split(',').map(entrantNamed)
if (entrants.some(({ isForeign }) => isForeign === true)) installPeers()
const seeders = Number(flags.seeders)

const rows: Row[] = []
const details: Record<string, { one: Transfer[], several: Transfer[] }> = {}
for (const size of flags.pieces.split(',')) {
  for (let run = 0; run < Number(flags.runs); run++) {
    for (const entrant of entrants) {
      const key = `${size} ${entrant.name}`
      const { one = [], several = [] } = details[key] ?? {}
      details[key] = {
        one: [...one, await measure(entrant, size, 1)],
        several: [...several, await measure(entrant, size, seeders)]
      }
    }
  }
  rows.push(...entrants.map(entrant => rowOf(entrant, size)))
}
report({
  name: 'swarm',
  question: `${seeders} seeders to one leecher beside one seeder, ${flags.bytes} after ` +
    `${flags.warm}, ` +
    `medians of ${flags.runs} runs`,
  rows,
  notes: [
    'goal for cdnd: several ÷ one at least 0.9, each seeder 15 to 40 % of the bytes',
    `${seeders + 1} processes share this machine's cores, with one seeder two do`
  ],
  details
}, flags.json)

async function measure (entrant: Entrant, size: string, seeders: number): Promise<Transfer> {
  const one = await transfer(entrant, {
    pieceBytes: parseBytes(size),
    totalBytes: parseBytes(flags.bytes),
    warmBytes: parseBytes(flags.warm),
    sink: flags.sink as Sink,
    seeders
  })
  console.log(`${flags.bytes} in pieces of ${size} by ${entrant.name} from ${seeders}: ` +
    `${(one.bytesPerSecond / 1e6).toFixed(0)} MB/s`)
  return one
}

function rowOf ({ name }: Entrant, size: string): Row {
  const { one, several } = details[`${size} ${name}`]!
  const rateOf = (runs: Transfer[]) => median(runs.map(run => run.bytesPerSecond)) / 1e6
  const rates = several.map(run => run.bytesPerSecond / 1e6)
  const shares = several.flatMap(run => run.shares)
  return {
    'contender': name,
    'piece': size,
    'from one, MB/s': rateOf(one),
    [`from ${seeders}, MB/s`]: rateOf(several),
    'slowest … fastest run': `${Math.min(...rates).toFixed(0)} … ${Math.max(...rates).toFixed(0)}`,
    'several ÷ one': rateOf(several) / rateOf(one),
    'least … largest share of a seeder': shares.length === 0
      ? undefined
      : `${percent(Math.min(...shares))} … ${percent(Math.max(...shares))}`,
    'received for nothing': percent(median(several.map(run => run.waste))),
    'CPU s/GB, all': median(several.map(run => run.cpuSecondsPerGB))
  }
}

function percent (share: number): string {
  return Number.isNaN(share) ? '–' : `${(share * 100).toFixed(0)} %`
}
