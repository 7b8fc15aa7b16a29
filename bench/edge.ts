/**
 * How fast is an edge with what it holds, and what do misses cost? in: flags. out: a table, a row a
 * server.
 *
 *   npm run bench edge -- [--connections 16] [--seconds 4] [--misses 40] [--crowd 100] [--runs 3]
 *                         [--json FILE]
 *
 * An edge and nginx's proxy_cache stand before one origin. Hits: one segment, many times. Misses:
 * segments nobody asked for before, one after the other. Crowd: one such segment, all at once.
 */

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { DEMO_TRACK } from '../testnet/demo-track.ts'
import { withOwnNetwork } from '../testnet/own-network.ts'
import { publish } from '../testnet/workload/publish.ts'
import { load } from './rig/load.ts'
import { nginxCache } from './rig/nginx.ts'
import { cpuSeconds } from '../testnet/process-cost.ts'
import { median, RUNS, ratio, repeat, report } from './rig/report.ts'

/** As many different segments as the misses of all runs need, of 20 to 160 kB. */
const BITRATES = ['64k', '96k', '128k', '160k', '192k', '256k', '320k', '512k']
const SEGMENT = '2s'
/** As the gateway's bench has it: about 160 kB. */
const HIT = { bitrates: ['128k'], segment: '10s' }

const { values: flags } = parseArgs({
  options: {
    connections: { type: 'string', default: '16' },
    seconds: { type: 'string', default: '4' },
    misses: { type: 'string', default: '40' },
    crowd: { type: 'string', default: '100' },
    runs: { type: 'string', default: String(RUNS) },
    json: { type: 'string' }
  }
})

interface Server { name: string, url: string, pid: number }
interface Hits { requestsPerSecond: number, cpuUs: number, p99Ms: number }
interface Crowd { copies: number, slowestMs: number }
interface Run { hits: Hits, missMs: number, crowd: Crowd }

const folder = await mkdtemp(join(tmpdir(), 'cdnd-bench-'))
const gateway = { host: '127.0.0.1', port: 0, requestsPerMinute: 0 }
try {
  await withOwnNetwork({
    nodes: 0, edges: 1, dht: false, tracker: true, config: { gateway }
  }, async network => {
    await network.start()
    const { origin, edges: [edge] } = network
    const control = await network.control(origin)
    const sent = async () => (await control.status()).uploadedBytes
    const hit = await publish(control, { path: DEMO_TRACK, ...HIT })
    const many = await publish(control, { path: DEMO_TRACK, bitrates: BITRATES, segment: SEGMENT })
    const count = Math.floor(many.durationMs / 2000) - 1
    const fresh = freshPaths(many.id, count)
    const nginx = await nginxCache(folder, origin.ready.gateway!)
    const servers: Server[] = [
      { name: 'nginx proxy_cache', url: nginx.url, pid: nginx.pid },
      { name: 'cdnd edge', url: edge!.ready.gateway!, pid: edge!.pid! }
    ]
    try {
      for (const { url } of servers) await readPlaylists(`${url}/hls/${many.id}`)
      const runs = await repeat(async () => {
        const run: Record<string, Run> = {}
        const paths = take(fresh, Number(flags.misses) + 1)
        for (const server of servers) run[server.name] = await oneRun(server, hit.id, paths, sent)
        return run
      }, Number(flags.runs))
      show(servers, runs)
    } finally {
      await nginx.stop()
    }
  })
} finally {
  await rm(folder, { recursive: true })
}

function show (servers: Server[], runs: Array<Record<string, Run>>): void {
  const [peer] = servers
  const middle = (name: string, of: (run: Run) => number) => median(runs.map(run => of(run[name]!)))
  const rate = (name: string) => middle(name, ({ hits }) => hits.requestsPerSecond)
  report({
    name: 'edge',
    question: 'Requests a second for what an edge holds, and what misses cost, beside nginx',
    rows: servers.map(({ name }) => ({
      server: name,
      'hits/s': Math.round(rate(name)),
      'of nginx': ratio(rate(name), rate(peer!.name)),
      'CPU, µs/hit': Math.round(middle(name, ({ hits }) => hits.cpuUs)),
      'hit p99, ms': middle(name, ({ hits }) => hits.p99Ms),
      'miss p50, ms': middle(name, ({ missMs }) => missMs),
      [`${flags.crowd} at once: sent by the origin`]:
        `${middle(name, ({ crowd }) => crowd.copies).toFixed(2)} ×`,
      'slowest, ms': middle(name, ({ crowd }) => crowd.slowestMs)
    })),
    notes: [
      `hits: 160 kB, ${flags.connections} connections kept alive; generator (wrk) and servers ` +
        'share the cores',
      'nginx: one worker, sendfile, proxy_cache_lock, and it checks no hash; the edge checks ' +
        'each block against its CID on the way in',
      'sent by the origin: bytes it uploaded for that segment ÷ the size of the segment',
      `medians of ${flags.runs} runs, the servers in turn`
    ],
    details: runs
  }, flags.json)
}

async function oneRun (
  server: Server, hitId: string, paths: string[], sent: () => Promise<number>
): Promise<Run> {
  const [crowdPath = '', ...missPaths] = paths
  const crowd = await oneCrowd(`${server.url}${crowdPath}`, sent)
  const missesMs: number[] = []
  for (const path of missPaths) {
    const startedMs = performance.now()
    await read(`${server.url}${path}`)
    missesMs.push(performance.now() - startedMs)
  }
  return { crowd, missMs: median(missesMs), hits: await hits(server, hitId) }
}

async function hits ({ url, pid }: Server, id: string): Promise<Hits> {
  const file = `${url}/hls/${id}/128k/1.m4s`
  // Until it lies in the store, and in the memory before it.
  for (let i = 0; i < 5; i++) await read(file)
  const cpuBefore = cpuSeconds(pid)
  const { connections, seconds } = flags
  const { requests, requestsPerSecond, p99Ms } = await load(file, {
    folder, connections: Number(connections), seconds: Number(seconds)
  })
  return { requestsPerSecond, p99Ms, cpuUs: (cpuSeconds(pid) - cpuBefore) * 1e6 / requests }
}

/** Many ask at once for what the server does not have. */
async function oneCrowd (url: string, sent: () => Promise<number>): Promise<Crowd> {
  const sentBefore = await sent()
  const startedMs = performance.now()
  const sizes = await Promise.all(Array.from({ length: Number(flags.crowd) }, () => read(url)))
  const slowestMs = performance.now() - startedMs
  return { copies: (await sent() - sentBefore) / sizes[0]!, slowestMs }
}

/** What a player reads first: the edge has root and index pages then, nginx the playlists. */
async function readPlaylists (title: string): Promise<void> {
  for (const bitrate of BITRATES) await read(`${title}/${bitrate}/index.m3u8`)
}

async function read (url: string): Promise<number> {
  const answer = await fetch(url)
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}: ${await answer.text()}`)
  return (await answer.arrayBuffer()).byteLength
}

/** Segments far from one another, so that no read-ahead has them before they are asked for. */
function freshPaths (id: string, segments: number): Iterator<string> {
  return Array.from({ length: segments }, (_, segment) => BITRATES.map(bitrate =>
    `/hls/${id}/${bitrate}/${segment}.m4s`)).flat().values()
}

function take (paths: Iterator<string>, count: number): string[] {
  return Array.from({ length: count }, () => {
    const { value, done } = paths.next()
    if (done === true) throw new Error('too many misses asked for: the title has fewer segments')
    return value
  })
}
