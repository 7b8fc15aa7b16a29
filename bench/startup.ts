/**
 * How soon is a whole network up, and what does it cost to do nothing? in: flags. out: a table.
 *
 *   npm run bench -- startup [--peers 60] [--degree 8] [--idle 30] [--pack 20] [--parallel 4]
 *                            [--no-dht] [--no-tracker] [--entry dist/cli/cdnd.js] [--json FILE]
 *
 * A bootstrap, an origin, an edge and peers, all as processes from the bundle (`npm run build`
 * makes it) with the compiled code of an earlier start, as an installed daemon has it; with
 * `--pack` peers share processes, from the source. *Up* is when the last ready line is there;
 * *joined* when every peer has found as many neighbours as it looks for. Idle CPU is counted some
 * seconds later. In the end peers are asked for titles that nobody has.
 */

import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { cidOf, DAG_CBOR_CODE } from '../protocols/cid.ts'
import { sha256 } from '../protocols/sha256.ts'
import type { Network } from '../testnet/network.ts'
import { withOwnNetwork } from '../testnet/own-network.ts'
import { withCompiledCode } from './rig/compiled.ts'
import { establishedConnections } from './rig/established.ts'
import { cpuSeconds, pssBytes } from '../testnet/process-cost.ts'
import { quantile, report } from './rig/report.ts'
import { untilNeighbours } from './rig/until-neighbours.ts'

/**
 * Until what a start brings with it has calmed down: the DHT looks around, records are told,
 * neighbours that exchange nothing PING less.
 */
const SETTLE_MS = 120_000
const ASKED = 10
const MIB = 1024 * 1024

const { values: flags } = parseArgs({
  args: process.argv.slice(2),
  allowNegative: true,
  options: {
    peers: { type: 'string', default: '60' },
    degree: { type: 'string', default: '8' },
    idle: { type: 'string', default: '30' },
    pack: { type: 'string' },
    parallel: { type: 'string' },
    dht: { type: 'boolean', default: true },
    tracker: { type: 'boolean', default: true },
    entry: { type: 'string', default: join(import.meta.dirname, '..', 'dist', 'cli', 'cdnd.js') },
    json: { type: 'string' }
  }
})
const peers = Number(flags.peers)
const degree = Math.min(Number(flags.degree), peers - 1)
const entry = resolve(flags.entry)
if (flags.pack == null && !existsSync(entry)) throw new Error(`${entry} is not: npm run build`)

interface Costs { cpuSeconds: number[], pss: number[], connections: number[] }

const run = async () => { await withOwnNetwork(initOf(peers), measure) }
await withCompiledCode(flags.pack == null ? entry : undefined, run)

function initOf (nodes: number) {
  return {
    nodes,
    edges: 1,
    dht: flags.dht,
    tracker: flags.tracker,
    degree,
    ...(flags.parallel != null && { parallelStarts: Number(flags.parallel) }),
    ...(flags.pack == null
      ? { entry }
      : { pack: Number(flags.pack), emulated: { delayMs: 0 } }),
    config: { region: 'here', log: { level: 'error' }, store: { keepFree: '0' } }
  }
}

async function measure (network: Network, signal: AbortSignal): Promise<void> {
  const startMs = performance.now()
  const sinceStart = (): number => (performance.now() - startMs) / 1000
  await network.start()
  const upSeconds = sinceStart()
  const up = costsOf(network)
  await untilNeighbours(network, degree, signal)
  const joinedSeconds = sinceStart()
  const joined = costsOf(network)
  await sleep(SETTLE_MS, undefined, { signal })
  const settled = costsOf(network)
  await sleep(Number(flags.idle) * 1000, undefined, { signal })
  const idle = costsOf(network)
  const shares = idle.cpuSeconds.map((seconds, i) =>
    (seconds - settled.cpuSeconds[i]!) / Number(flags.idle) * 100)
  const nobody = await timesOfNobody(network, signal)
  const { cpuSeconds: used, pss, connections } = idle
  report({
    name: 'startup',
    question: `How soon are ${peers} peers up, at degree ${degree}` +
      `${flags.pack == null ? '' : `, ${flags.pack} a process`}?`,
    rows: [
      { '': 'all up after, s', 'all': upSeconds },
      { '': 'all joined after, s', 'all': joinedSeconds },
      { '': 'CPU s until up', ...spread(up.cpuSeconds) },
      { '': 'CPU s until joined', ...spread(joined.cpuSeconds) },
      { '': `CPU s until ${SETTLE_MS / 1000} s later`, ...spread(settled.cpuSeconds) },
      { '': 'CPU s in the end', ...spread(used) },
      { '': `idle CPU over ${flags.idle} s, % of a core`, ...spread(shares) },
      { '': 'PSS, MiB', ...spread(pss.map(bytes => bytes / MIB)) },
      { '': 'TCP connections', ...spread(connections) },
      { '': '"nobody has it" after, ms', ...spread(nobody.first), 'all': undefined },
      { '': '… of the next such title', ...spread(nobody.next), 'all': undefined }
    ],
    notes: [
      'a row is over processes: bootstrap, origin, edge and peers; of PSS, what they share ' +
        'counts in parts',
      `"nobody has it" is what a gateway takes to say 404 of a title that is not there, ${ASKED} ` +
        'peers one after the other; the first question finds code that has not run yet'
    ],
    details: { flags, upSeconds, joinedSeconds, up, joined, settled, idle, nobody }
  }, flags.json)
}

function costsOf (network: Network): Costs {
  const pids = [...new Set(network.all().map(({ pid }) => pid!))]
  return {
    cpuSeconds: pids.map(cpuSeconds),
    pss: pids.map(pssBytes),
    connections: pids.map(establishedConnections)
  }
}

/** Milliseconds until gateways say that nobody has a title, and another. */
async function timesOfNobody (
  network: Network, signal: AbortSignal
): Promise<{ first: number[], next: number[] }> {
  const times = { first: [] as number[], next: [] as number[] }
  for (const { name, ready } of network.peers.slice(-ASKED)) {
    times.first.push(await timeOfNobody(ready.gateway!, `nobody has what ${name} wants`, signal))
    times.next.push(await timeOfNobody(ready.gateway!, `nor what ${name} wants next`, signal))
  }
  return times
}

async function timeOfNobody (gateway: string, name: string, signal: AbortSignal): Promise<number> {
  const content = await cidOf(new TextEncoder().encode(name), sha256, DAG_CBOR_CODE)
  const askedMs = performance.now()
  const { status } = await fetch(`${gateway}/hls/${content}/master.m3u8`, { signal })
  if (status !== 404) throw new Error(`a title that is not there was answered ${status}`)
  return performance.now() - askedMs
}

function spread (values: number[]): Record<string, number> {
  return {
    all: values.reduce((sum, value) => sum + value, 0),
    median: quantile(values, 0.5),
    p95: quantile(values, 0.95),
    most: Math.max(...values)
  }
}
