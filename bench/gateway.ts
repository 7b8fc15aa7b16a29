/**
 * How fast does a peer's gateway serve a segment it holds? in: flags. out: a table, a row a server.
 *
 *   npm run bench gateway -- [--connections 16] [--seconds 4] [--runs 3] [--json FILE]
 *
 * A peer fetches a title from an origin; then its gateway, nginx with the same bytes in a file, and
 * the same fastify with the same bytes in a buffer answer the same generator, in turn.
 */

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { DEMO_TRACK } from '../testnet/demo-track.ts'
import { withOwnNetwork } from '../testnet/own-network.ts'
import { publish } from '../testnet/workload/publish.ts'
import { type Load, load } from './rig/load.ts'
import { nginxFiles } from './rig/nginx.ts'
import { cpuSeconds } from '../testnet/process-cost.ts'
import { median, RUNS, ratio, repeat, report } from './rig/report.ts'
import { freePort, ServerProcess } from './rig/server-process.ts'

const BUFFER_SERVER = join(import.meta.dirname, 'rig', 'buffer-server.ts')
/** About 160 kB in one block, and about 640 kB in three. */
const BITRATES = ['128k', '512k']
const NAME = '1.m4s'

/** A server, and the process that answers. */
interface Target { url: string, pid: number }

interface Run extends Load { cpuUs: number }

const { values: flags } = parseArgs({
  options: {
    connections: { type: 'string', default: '16' },
    seconds: { type: 'string', default: '4' },
    runs: { type: 'string', default: String(RUNS) },
    json: { type: 'string' }
  }
})
const folder = await mkdtemp(join(tmpdir(), 'cdnd-bench-'))
try {
  await withOwnNetwork({ nodes: 1, edges: 0, dht: false, tracker: true }, async network => {
    await network.start()
    const control = await network.control(network.origin)
    const { id } = await publish(control, { path: DEMO_TRACK, bitrates: BITRATES })
    const rows = []
    for (const bitrate of BITRATES) {
      const { ready, pid = 0 } = network.peers[0]!
      const url = `${ready.gateway}/hls/${id}/${bitrate}/${NAME}`
      rows.push(...await measure({ url, pid }, join(folder, bitrate)))
    }
    report({
      name: 'gateway',
      question: 'Requests a second for a segment that a peer holds, beside nginx and fastify',
      rows,
      notes: [
        `${flags.connections} connections kept alive; generator (wrk) and server share the cores`,
        'nginx: one worker, sendfile, from the page cache; fastify: no hook, one buffer in memory',
        `medians of ${flags.runs} runs of ${flags.seconds} s, the servers in turn`
      ]
    }, flags.json)
  })
} finally {
  await rm(folder, { recursive: true })
}

/** The same bytes as the peer's from three servers. */
async function measure (peer: Target, folder: string) {
  const bytes = await untilHeld(peer.url)
  await mkdir(folder)
  const file = join(folder, NAME)
  await writeFile(file, bytes)
  const nginx = await nginxFiles(folder)
  const port = await freePort()
  const args = [BUFFER_SERVER, file, String(port)]
  const fastify = await ServerProcess.start(process.execPath, args, port)
  try {
    const targets: Record<string, Target> = {
      nginx: { url: `${nginx.url}/${NAME}`, pid: nginx.pid },
      fastify: { url: `${fastify.url}/${NAME}`, pid: fastify.pid },
      cdnd: peer
    }
    const runs = await repeat(() => oneRun(targets, folder), Number(flags.runs))
    const middle = (server: string, of: (load: Run) => number) =>
      median(runs.map(run => of(run[server]!)))
    const rate = (server: string) => middle(server, ({ requestsPerSecond }) => requestsPerSecond)
    return Object.keys(targets).map(server => ({
      'segment, kB': Math.round(bytes.byteLength / 1000),
      server,
      'requests/s': Math.round(rate(server)),
      'MB/s': Math.round(middle(server, ({ bytesPerSecond }) => bytesPerSecond) / 1e6),
      'CPU, µs/request': Math.round(middle(server, ({ cpuUs }) => cpuUs)),
      'p50, ms': middle(server, ({ p50Ms }) => p50Ms),
      'p99, ms': middle(server, ({ p99Ms }) => p99Ms),
      'of nginx': ratio(rate(server), rate('nginx')),
      'of fastify': ratio(rate(server), rate('fastify'))
    }))
  } finally {
    await Promise.all([nginx.stop(), fastify.stop()])
  }
}

async function oneRun (targets: Record<string, Target>, folder: string) {
  const runs: Record<string, Run> = {}
  for (const [server, { url, pid }] of Object.entries(targets)) {
    const [connections, seconds] = [Number(flags.connections), Number(flags.seconds)]
    const cpuBefore = cpuSeconds(pid)
    const measured = await load(url, { folder, connections, seconds })
    const cpuUs = (cpuSeconds(pid) - cpuBefore) * 1e6 / measured.requests
    runs[server] = { ...measured, cpuUs }
  }
  return runs
}

/** The segment's bytes, once the peer has it in its own store. */
async function untilHeld (url: string): Promise<Buffer> {
  for (;;) {
    const answer = await fetch(url)
    const bytes = Buffer.from(await answer.arrayBuffer())
    if (!answer.ok) throw new Error(`${url} answered ${answer.status}: ${bytes}`)
    if (answer.headers.get('cdnd-source') === 'local') return bytes
  }
}
