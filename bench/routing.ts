/**
 * How far do nodes think that others are, and does it keep bytes in their region? in: flags. out:
 * estimated beside true RTTs, bytes between regions beside those of random choice, start-ups.
 *
 *   npm run bench -- routing [--peers 60] [--pack 20] [--settle 60] [--plays 1] [--titles 1]
 *                            [--every 1500] [--speed 4] [--only rtt,gossip,random] [--json FILE]
 *
 * Peers in four regions (testnet/regions.ts), an edge in each, the origin and the bootstrap in the
 * first; whole nodes, many to a process, each at an address of its own, with bytes delayed in user
 * space both ways. `--settle` seconds after all are up every node is asked how far it takes each
 * other to be; those count that never measured each other. Then a listener begins every `--every`
 * ms, `--speed` times as fast as people do, until each peer has played `--plays` titles. The second
 * network knows no regions and weighs no RTT in whom it connects to.
 */

import { cp } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { withOwnNetwork } from '../testnet/own-network.ts'
import { madeTitles } from '../testnet/workload/made-titles.ts'
import { estimatesOf, type Estimated } from './rig/estimates.ts'
import { listenAcross, type Listened } from './rig/listen-across.ts'
import { quantile, report, type Row } from './rig/report.ts'

const JITTER_MS = 1
const TITLE_SECONDS = 120
const WARM_SECONDS = 20
const EDGES = 4

const { values: flags } = parseArgs({
  args: process.argv.slice(2),
  options: {
    peers: { type: 'string', default: '60' },
    pack: { type: 'string', default: '20' },
    settle: { type: 'string', default: '60' },
    plays: { type: 'string', default: '1' },
    titles: { type: 'string', default: '1' },
    every: { type: 'string', default: '1500' },
    speed: { type: 'string', default: '4' },
    only: { type: 'string', default: 'rtt,gossip,random' },
    json: { type: 'string' }
  }
})
const parts = flags.only.split(',')

type Choice = 'gossip' | 'random'
interface Survey { when: string, pairs: Estimated[] }
interface Run { choice: Choice, estimated: Survey[], listened?: Listened[] }

const runs: Run[] = []
if (parts.some(part => part === 'rtt' || part === 'gossip')) runs.push(await run('gossip'))
if (parts.includes('random')) runs.push(await run('random'))
show(runs)

async function run (choice: Choice): Promise<Run> {
  const specs = [
    { name: 'old-region-title', seconds: WARM_SECONDS, seed: 499 },
    ...Array.from({ length: Number(flags.titles) }, (_, i) =>
      ({ name: `region-title-${i + 1}`, seconds: TITLE_SECONDS, seed: 500 + i }))
  ]
  return await withOwnNetwork({
    nodes: Number(flags.peers),
    edges: EDGES,
    dht: true,
    tracker: true,
    pack: Number(flags.pack),
    speed: Number(flags.speed),
    emulated: { delayMs: 0, jitterMs: JITTER_MS, hasRegions: true },
    config: {
      store: { keepFree: '0' },
      ...(choice === 'random' && { retrieval: { weights: { rtt: 0 } } })
    },
    isRegionTold: choice === 'gossip'
  }, async (network, signal) => {
    const { titles, data } = await madeTitles(specs, { signal })
    await cp(data, network.dataOf(network.origin), { recursive: true })
    const startMs = performance.now()
    await network.start()
    say(`${choice}: ${network.all().length} nodes up in ${since(startMs)}`)
    await sleep(Number(flags.settle) * 1000, undefined, { signal })
    const estimated: Survey[] = []
    const survey = async (when: string): Promise<void> => {
      if (choice !== 'gossip' || !parts.includes('rtt')) return
      estimated.push({ when, pairs: await estimatesOf(network, JITTER_MS, signal) })
    }
    await survey(`${flags.settle} s after the start`)
    if (!parts.includes(choice)) return { choice, estimated }
    const [old, ...played] = titles
    const listening = {
      plays: Number(flags.plays), everyMs: Number(flags.every), speed: Number(flags.speed), seed: 1,
      signal
    }
    // Servers that have just started compile themselves: the first listener would wait for that.
    await listenAcross(network, [old!], {
      ...listening, peers: network.peers.slice(0, EDGES), plays: 1, speed: 4
    })
    const listened = await listenAcross(network, played, listening)
    await survey('after all had played')
    return { choice, estimated, listened }
  })
}

function show (runs: Run[]): void {
  const rows: Row[] = [
    ...runs.flatMap(({ estimated = [] }) => estimated.flatMap(({ when, pairs }) =>
      [{ what: when }, ...estimateRows(pairs)])),
    ...runs.flatMap(({ choice, listened }) => listened == null ? [] : playRows(choice, listened))
  ]
  report({
    name: 'routing',
    question: `What do ${flags.peers} peers in ${EDGES} regions know of distances, ` +
      'and what is it good for?',
    rows,
    notes: [
      'errors are against the RTT of the regions and what the machine adds to it, the median of ' +
        'what neighbours measure beyond it',
      'goals: median error below 20 %; bytes between regions at most a fifth of random choice; ' +
        'worst region\'s start-up p95 at most twice the best\'s',
      'random holder: what the bytes between regions would be, had each come from a holder drawn ' +
        'by lot; random: a network without regions in records and without RTT in scores'
    ],
    details: { flags, runs }
  }, flags.json)
}

/** With what this machine, and who else works on it, adds to a round trip, as neighbours see it. */
function estimateRows (asLaidOut: Estimated[]): Row[] {
  const addedMs = quantile(asLaidOut.flatMap(({ measuredMs, trueMs }) =>
    measuredMs == null ? [] : measuredMs - trueMs), 0.5)
  const all = asLaidOut.map(each => ({ ...each, trueMs: each.trueMs + addedMs }))
  const strangers = all.filter(({ isStranger }) => isStranger)
  const known = strangers.filter(({ estimatedMs }) => estimatedMs != null)
  const bases = [...new Set(known.map(({ basis }) => basis))]
  const rowOf = (name: string, some: Estimated[], of: 'estimatedMs' | 'measuredMs'): Row => {
    const errors = some.flatMap(({ trueMs, [of]: ms }) =>
      ms == null ? [] : Math.abs(ms - trueMs) / trueMs * 100)
    return {
      what: name,
      pairs: errors.length,
      'p50': `${quantile(errors, 0.5).toFixed(1)} %`,
      'p90': `${quantile(errors, 0.9).toFixed(1)} %`
    }
  }
  const apart = [...new Set(known.map(({ trueMs }) => trueMs))].sort((a, b) => a - b)
  return [
    { what: 'added to a round trip by the machine, ms', p50: addedMs },
    rowOf('error of measured RTT', all, 'measuredMs'),
    rowOf('of what was measured, had it been estimated', all.filter(({ measuredMs }) =>
      measuredMs != null), 'estimatedMs'),
    rowOf('error of estimated RTT, never met', known, 'estimatedMs'),
    ...bases.map(basis =>
      rowOf(`… by ${basis}`, known.filter(each => each.basis === basis), 'estimatedMs')),
    ...apart.map(ms => rowOf(
      `… ${ms.toFixed(0)} ms apart`, known.filter(({ trueMs }) => trueMs === ms), 'estimatedMs'
    )),
    { what: 'never met, without an estimate', pairs: strangers.length - known.length }
  ]
}

function playRows (choice: Choice, listened: Listened[]): Row[] {
  const sum = (of: (each: Listened) => number): number =>
    listened.reduce((total, each) => total + of(each), 0)
  const fromPeers = sum(({ peerBytes }) => peerBytes)
  const share = (bytes: number): string => `${(bytes / fromPeers * 100).toFixed(1)} %`
  const regions = [...new Set(listened.map(({ region }) => region))]
  const starts = regions.map(region => {
    const ms = listened.filter(each => each.region === region)
      .flatMap(({ startUpsMs }) => startUpsMs)
    return { region, p50: quantile(ms, 0.5), p95: quantile(ms, 0.95), plays: ms.length }
  })
  const p95s = starts.map(({ p95 }) => p95)
  return [
    { what: `${choice}: bytes from peers, MB`, all: fromPeers / 1e6 },
    { what: `${choice}: bytes from servers, MB`, all: sum(({ serverBytes }) => serverBytes) / 1e6 },
    { what: `${choice}: of peers' bytes, between regions`, all: share(sum(e => e.abroadBytes)) },
    { what: `${choice}: had it been a random holder`, all: share(sum(e => e.randomAbroadBytes)) },
    ...starts.map(({ region, p50, p95, plays }) => ({
      what: `${choice}: start-up in ${region}, ms`, pairs: plays, p50, p95
    })),
    { what: `${choice}: worst ÷ best p95`, all: Math.max(...p95s) / Math.min(...p95s) },
    { what: `${choice}: stalls`, all: sum(({ stalls }) => stalls) },
    { what: `${choice}: failed plays`, all: sum(({ failed }) => failed) }
  ]
}

function say (line: string): void {
  console.log(line)
}

function since (startMs: number): string {
  return `${((performance.now() - startMs) / 1000).toFixed(1)} s`
}

