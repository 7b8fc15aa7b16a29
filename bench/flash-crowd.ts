/**
 * Everybody at once: what does a crowd on one new title take from the servers, and how long until
 * all have it? in: flags. out: copies the servers sent against the bounds, times, start-ups.
 *
 *   npm run bench -- flash-crowd [--peers 20] [--late 5] [--after 500] [--minutes 10] [--runs 3]
 *                                [--play] [--delay 20] [--optimal 16] [--no-warm]
 *                                [--no-dht] [--entry dist/cli/cdnd.js] [--keep] [--json FILE]
 *
 * Every peer is a daemon of its own, on a host of its own: 20 Mbit/s up, 100 Mbit/s down; the edge
 * has 100 Mbit/s, the origin too. `--late` more come `--after` ms later, while the crowd is served.
 * `--optimal` is how many requests the edge serves at once before it sends peers to the swarm; by
 * default its switch follows latency. `--play` plays four times as fast as people do, instead of
 * fetching the title as fast as it comes. Before, unless `--no-warm`, peers fetch other titles from
 * the edge and from each other and find their neighbours: 20 programs that have just started
 * compile themselves for a minute.
 */

import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import type { Daemon } from '../testnet/daemon.ts'
import { play } from '../testnet/player.ts'
import { expectedOf, type MadeTitle } from '../testnet/workload/made-titles.ts'
import { withCompiledCode } from './rig/compiled.ts'
import { type Download, download } from './rig/download.ts'
import { quantile, repeat, report, type Row } from './rig/report.ts'
import { type Fetched, fetchedSince, type Swarm, warmTitles, withSwarm } from './rig/swarm.ts'

const PEER_UPLOAD = 2_500_000
const PEER_DOWNLOAD = 12_500_000
const SERVER_UPLOAD = 12_500_000
/** Init section and first segment. */
const START_FILES = 2
/** What the issue asks for. */
const ORIGIN_COPIES = 1.1
const EDGE_COPIES = 1.5
const TAIL = 2.2

interface Crowd {
  title: MadeTitle
  arrivals: Array<Download & { name: string, isLate: boolean }>
  fetched: Fetched
  /** Of the edge's software switch: its limit in the end, and requests sent to the swarm. */
  limit: number | undefined
  refused: number | undefined
  /** Bytes the servers sent, to whomever. */
  originBytes: number
  edgeBytes: number
}

const { values: flags } = parseArgs({
  args: process.argv.slice(2),
  allowNegative: true,
  options: {
    peers: { type: 'string', default: '20' },
    late: { type: 'string', default: '0' },
    after: { type: 'string', default: '500' },
    minutes: { type: 'string', default: '10' },
    runs: { type: 'string', default: '1' },
    play: { type: 'boolean', default: false },
    warm: { type: 'boolean', default: true },
    delay: { type: 'string', default: '20' },
    optimal: { type: 'string' },
    dht: { type: 'boolean', default: true },
    entry: { type: 'string' },
    keep: { type: 'boolean', default: false },
    json: { type: 'string' }
  }
})
const crowdSize = Number(flags.peers)
const peers = crowdSize + Number(flags.late)
const optimal = flags.optimal == null ? undefined : Number(flags.optimal)
const seconds = Number(flags.minutes) * 60

const runs = await withCompiledCode(flags.entry, () => repeat(run => withSwarm({
  peers,
  titles: [
    { name: 'new-title', seconds, seed: 7 },
    ...warmTitles(flags.warm ? peers : 0)
  ],
  dht: flags.dht,
  ...(optimal != null && { roles: { edge: { switch: { floor: optimal, ceiling: optimal } } } }),
  emulated: {
    delayMs: Number(flags.delay),
    hostShape: name => name.startsWith('peer')
      ? { uploadBytesPerSecond: PEER_UPLOAD, downloadBytesPerSecond: PEER_DOWNLOAD }
      : { uploadBytesPerSecond: SERVER_UPLOAD, downloadBytesPerSecond: SERVER_UPLOAD }
  },
  ...(flags.entry != null && { entry: flags.entry }),
  ...(flags.keep && { onKept: folder => { console.log(`run ${run}: ${folder}`) } })
}, crowd), Number(flags.runs)))
show(runs)

async function crowd (swarm: Swarm): Promise<Crowd> {
  const { network: { peers, origin, edges: [edge] }, titles: [title, ...others] } = swarm
  if (others.length > 0) await swarm.warmUp(others)
  const sent = async (server: Daemon): Promise<number> =>
    (await swarm.status(server)).uploadedBytes
  const before = {
    origin: await sent(origin), edge: await sent(edge!), fetched: await swarm.fetched()
  }
  const arrivals = await Promise.all(peers.map(async (peer, i) => {
    const isLate = i >= crowdSize
    if (isLate) await sleep(Number(flags.after), undefined, { signal: swarm.signal })
    return { name: peer.name, isLate, ...await fetchAll(swarm, peer, title!) }
  }))
  const { switch: gate } = await swarm.status(edge!)
  return {
    title: title!,
    arrivals,
    fetched: fetchedSince(before.fetched, await swarm.fetched()),
    limit: gate?.limit,
    refused: gate == null ? undefined : gate.refused.full + gate.refused.common,
    originBytes: await sent(origin) - before.origin,
    edgeBytes: await sent(edge!) - before.edge
  }
}

async function fetchAll (swarm: Swarm, peer: Daemon, title: MadeTitle): Promise<Download> {
  const { signal } = swarm
  const gateway = peer.ready.gateway ?? ''
  if (!flags.play) return await download(gateway, title, { signal })
  const openedAtMs = performance.now()
  const { id: content, rendition } = title
  const expected = expectedOf(title)
  const played = await play({ gateway, content, rendition, expected, speed: 4, signal })
  return {
    startUpMs: played.startUpMs,
    wholeMs: played.missing > 0 ? Number.NaN : performance.now() - openedAtMs,
    failed: played.missing,
    startedFrom: new Set(Object.keys(played.startedFrom))
  }
}

function show (runs: Crowd[]): void {
  const { title } = runs[0]!
  const startBytes = title.files.slice(0, START_FILES).reduce((sum, { size }) => sum + size, 0)
  const edgeBound = EDGE_COPIES + peers * startBytes / title.size
  report({
    name: 'flash-crowd',
    question: `How do ${crowdSize} peers, and ${flags.late} late ones, get ${flags.minutes} ` +
      `minutes (${(title.size / 1e6).toFixed(1)} MB) at once${flags.play ? ', at 4 ×' : ''}?`,
    rows: columnsOf(runs.map(run => factsOf(run))),
    notes: [
      `bounds: origin ≤ ${ORIGIN_COPIES} copies; edge ≤ ${EDGE_COPIES} + peers × start-up bytes ` +
        `÷ title bytes = ${edgeBound.toFixed(2)}; slowest ÷ median ≤ ${TAIL}`,
      `one-way delay ${flags.delay} ms; a peer has 20 Mbit/s up and 100 down, a server 100 up`,
      'started from the swarm: no byte of the init section or first segment came from a server ' +
        'when it was asked for'
    ],
    details: {
      flags,
      runs: runs.map(run => ({
        ...run,
        title: title.id,
        arrivals: run.arrivals.map(each => ({ ...each, startedFrom: [...each.startedFrom] }))
      }))
    }
  }, flags.json)
}

/** A row a fact, a column a run. */
function columnsOf (runs: Row[]): Row[] {
  return Object.keys(runs[0] ?? {}).map(fact => ({
    '': fact, ...Object.fromEntries(runs.map((run, i) => [`run ${i + 1}`, run[fact]]))
  }))
}

function factsOf (run: Crowd): Row {
  const { title, arrivals, fetched, originBytes, edgeBytes } = run
  const whole = arrivals.map(({ wholeMs }) => wholeMs).filter(ms => !Number.isNaN(ms))
  const starts = arrivals.map(({ startUpMs }) => startUpMs).filter(ms => !Number.isNaN(ms))
  const fromSwarm = (among: typeof arrivals): string => {
    const from = among.filter(({ startedFrom }) =>
      !startedFrom.has('edge') && !startedFrom.has('origin'))
    return `${from.length} of ${among.length}`
  }
  return {
    'copies the origin sent': originBytes / title.size,
    'copies the edge sent': edgeBytes / title.size,
    'copies peers took from the edge': fetched.edge / title.size,
    'copies peers took from the origin': fetched.origin / title.size,
    'copies peers took from peers': fetched.peer / title.size,
    'received in vain, copies': fetched.wasted / title.size,
    'edge: limit of its switch': run.limit,
    'edge: requests sent to the swarm': run.refused,
    'all have it after, s': Math.max(...whole) / 1000,
    'fastest, s': Math.min(...whole) / 1000,
    'median, s': quantile(whole, 0.5) / 1000,
    'p95, s': quantile(whole, 0.95) / 1000,
    'slowest ÷ median': Math.max(...whole) / quantile(whole, 0.5),
    'start-up p50, ms': quantile(starts, 0.5),
    'start-up p95, ms': quantile(starts, 0.95),
    'started from the swarm': fromSwarm(arrivals),
    'of the late ones': fromSwarm(arrivals.filter(({ isLate }) => isLate)),
    'files that failed': arrivals.reduce((sum, { failed }) => sum + failed, 0)
  }
}
