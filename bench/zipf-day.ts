/**
 * A day of listening: what do the servers send beyond what they must, and how soon does music play?
 * in: flags. out: bytes by source against the floor, start-ups beside a plain HTTP player's on the
 * same edge in the same run, stalls.
 *
 *   npm run bench -- zipf-day [--peers 20] [--plays 20] [--speed 4] [--delay 20] [--slow-third]
 *                             [--quota 1GB] [--no-dht] [--no-warm]
 *                             [--entry dist/cli/cdnd.js] [--keep] [--json FILE]
 *
 * The trace is bench/traces/zipf-day.json: a run with all of it takes eight minutes. Every peer is
 * a daemon of its own on a host of its own: 20 Mbit/s up, 100 Mbit/s down; edge and origin have
 * 1 Gbit/s. Before the day, unless `--no-warm`, peers fetch other titles from the edge and from
 * each other and find their neighbours: 20 programs that have just started compile themselves for
 * a minute. `--slow-third` gives a third of the peers 2 Mbit/s up. `--entry` runs a build instead
 * of the source.
 */

import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import type { StartKind } from '../testnet/run-record.ts'
import { floorBytes } from '../testnet/workload/floor.ts'
import type { DayPlay } from '../testnet/workload/listener.ts'
import type { ZipfTrace } from '../testnet/workload/zipf-trace.ts'
import { withCompiledCode } from './rig/compiled.ts'
import { playDay } from './rig/day.ts'
import { quantile, report, type Row } from './rig/report.ts'
import { type Fetched, fetchedSince, warmTitles, withSwarm } from './rig/swarm.ts'

const PEER_UPLOAD = 2_500_000
const SLOWER = 10
const PEER_DOWNLOAD = 12_500_000
const SERVER_UPLOAD = 125_000_000

const { values: flags } = parseArgs({
  args: process.argv.slice(2),
  allowNegative: true,
  options: {
    peers: { type: 'string', default: '20' },
    plays: { type: 'string', default: '20' },
    speed: { type: 'string', default: '4' },
    delay: { type: 'string', default: '20' },
    'slow-third': { type: 'boolean', default: false },
    quota: { type: 'string', default: '1GB' },
    dht: { type: 'boolean', default: true },
    entry: { type: 'string' },
    warm: { type: 'boolean', default: true },
    keep: { type: 'boolean', default: false },
    json: { type: 'string' }
  }
})
const trace = JSON.parse(
  readFileSync(new URL('./traces/zipf-day.json', import.meta.url), 'utf8')
) as ZipfTrace
const peers = Math.min(Number(flags.peers), trace.plays.length)
const speed = Math.min(4, Number(flags.speed))
const isSlow = (name: string): boolean =>
  flags['slow-third'] && /^peer-\d+$/.test(name) && Number(name.slice(5)) % 3 === 0

await withCompiledCode(flags.entry, () => withSwarm({
  peers,
  titles: [...trace.titles, ...warmTitles(flags.warm ? peers : 0)],
  dht: flags.dht,
  roles: { peer: { store: { keepFree: '0', quota: flags.quota } } },
  emulated: {
    delayMs: Number(flags.delay),
    hostShape: name => /peer/.test(name)
      ? {
          uploadBytesPerSecond: isSlow(name) ? PEER_UPLOAD / SLOWER : PEER_UPLOAD,
          downloadBytesPerSecond: PEER_DOWNLOAD
        }
      : { uploadBytesPerSecond: SERVER_UPLOAD, downloadBytesPerSecond: SERVER_UPLOAD }
  },
  ...(flags.entry != null && { entry: flags.entry }),
  ...(flags.keep && { onKept: folder => { console.log(`data and logs are in ${folder}`) } })
}, async swarm => {
  const plays = trace.plays.slice(0, peers).map(each => each.slice(0, Number(flags.plays)))
  if (flags.warm) await swarm.warmUp(swarm.titles.slice(trace.titles.length))
  const before = await swarm.fetched()
  const day = await playDay(swarm, { plays, speed, seed: trace.init.seed })
  const fetched = fetchedSince(before, await swarm.fetched())
  const floor = floorBytes(day.map(({ title, play }) => ({ title, files: play?.files ?? [] })))
  show(day, fetched, floor)
}))

function show (day: DayPlay[], fetched: Fetched, floor: number): void {
  const server = fetched.edge + fetched.origin
  const network = server + fetched.peer
  const bytes: Row[] = (['local', 'peer', 'edge', 'origin'] as const).map(source => ({
    from: source,
    MB: fetched[source] / 1e6,
    'of the network': source === 'local' ? undefined : percent(fetched[source] / network)
  }))
  const starts = startRows(day)
  const stalls = sum(day, ({ play }) => play?.stalls ?? 0)
  report({
    name: flags['slow-third'] ? 'zipf-day-slow' : 'zipf-day',
    question: `How do ${peers} peers play ${day.length} titles of ${trace.titles.length}, ` +
      `${speed} × as fast as people do?`,
    rows: starts,
    notes: [
      ...bytes.map(({ from, MB, ...share }) =>
        `from ${from}: ${(MB as number).toFixed(1)} MB ${share['of the network'] ?? ''}`),
      `floor (distinct bytes asked for): ${(floor / 1e6).toFixed(1)} MB, ` +
        `${percent(floor / network)} of what came over the network`,
      `server bytes ÷ floor: ${(server / floor).toFixed(2)}; ` +
        `received in vain: ${percent(fetched.wasted / (network + fetched.wasted))}`,
      `stalls: ${stalls} (${sum(day, ({ play }) => play?.stalledMs ?? 0).toFixed(0)} ms), ` +
        `segments missing: ${sum(day, ({ play }) => play?.missing ?? 0)}, ` +
        `titles not opened: ${day.filter(({ play }) => play == null).length}`,
      `of a start not cached, p50: ${openingOf(day)}`,
      `wrong bytes: ${sum(day, ({ play }) => (play?.bytes ?? 0) - (play?.verifiedBytes ?? 0))}`,
      `plays began ${quantile(day.map(({ lateMs }) => lateMs), 0.95).toFixed(0)} ms late (p95)`
    ],
    details: { flags, fetched, floor, server, stalls, plays: day.map(plain) }
  }, flags.json)
}

/** A row a kind of start, and one of all; times in milliseconds. */
function startRows (day: DayPlay[]): Row[] {
  const kinds: Array<[string, StartKind[]]> = [
    ['cold', ['cold']], ['warm', ['warm']], ['cached', ['cached']],
    ['cold and warm', ['cold', 'warm']], ['all', ['cold', 'warm', 'cached']]
  ]
  return kinds.map(([name, starts]) => {
    const plays = day.filter(({ start, play }) => play != null && starts.includes(start))
    const ours = plays.map(({ play }) => play!.startUpMs).filter(ms => !Number.isNaN(ms))
    const plain = plays.flatMap(({ plainStartUpMs: ms = Number.NaN }) => Number.isNaN(ms) ? [] : ms)
    return {
      start: name,
      plays: plays.length,
      'p50, ms': quantile(ours, 0.5),
      p95: quantile(ours, 0.95),
      p99: quantile(ours, 0.99),
      'plain p50, ms': quantile(plain, 0.5),
      'plain p95': quantile(plain, 0.95),
      'p50 ÷ plain': quantile(ours, 0.5) / quantile(plain, 0.5)
    }
  })
}

/** Which request of a start takes how long. */
function openingOf (day: DayPlay[]): string {
  const openings = day.filter(({ start }) => start !== 'cached')
    .flatMap(({ play }) => play?.opening ?? [])
  return [...new Set(openings.map(({ file }) => file))].map(name => {
    const ms = openings.filter(({ file }) => file === name).map(({ ms }) => ms)
    return `${name} ${quantile(ms, 0.5).toFixed(0)} ms`
  }).join(', ')
}

function plain ({ title, ...rest }: DayPlay): object {
  return { ...rest, title: title.name }
}

function sum (day: DayPlay[], of: (play: DayPlay) => number): number {
  return day.reduce((total, play) => total + of(play), 0)
}

function percent (share: number): string {
  return `${(share * 100).toFixed(1)} %`
}
