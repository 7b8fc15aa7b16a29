/**
 * How many announces and lookups a second does a tracker take? in: flags. out: a table.
 *
 *   npm run bench -- tracker [--nodes 20000] [--titles-per-node 5] [--titles 2000] [--calls 10000]
 *                            [--only memory,redis] [--runs 3] [--json FILE]
 *
 * A tracker in a process of its own is told by real nodes what they hold; then it takes announces
 * and lookups: in its own code, signatures and ranking included, over HTTP, and over libp2p, with
 * its memory and with Redis behind it.
 */

import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { multiaddr } from '@multiformats/multiaddr'
import { createHost } from '../protocols/host.ts'
import { libp2pTransport, NodeSigner, TrackerClient } from '../protocols/tracker/index.ts'
import { RedisServer } from '../test/bootstrap/redis-server.ts'
import { requestBytes, sendAll } from './rig/http-requests.ts'
import type { Cost, TrackerLoad, TrackerMeasured } from './rig/measured-tracker.ts'
import { cpuSeconds } from '../testnet/process-cost.ts'
import { median, RUNS, ratio, repeat, report } from './rig/report.ts'
import { announced, contentAt, NETWORK } from './rig/tracker-nodes.ts'

const { values: flags } = parseArgs({
  options: {
    nodes: { type: 'string', default: '20000' },
    'titles-per-node': { type: 'string', default: '5' },
    titles: { type: 'string', default: '2000' },
    calls: { type: 'string', default: '10000' },
    only: { type: 'string', default: 'memory,redis' },
    runs: { type: 'string', default: String(RUNS) },
    json: { type: 'string' }
  }
})
const CONNECTIONS = 16
/** Hosts that speak libp2p to it, and questions of each. */
const HOSTS = 4
const calls = Number(flags.calls)
const WORKER = join(import.meta.dirname, 'rig', 'measured-tracker.ts')

/** Of each way to ask, announces and lookups. */
type Costs = Record<'its own code' | 'HTTP' | 'libp2p', { announces: Cost, lookups: Cost }>
interface Run { costs: Costs, measured: TrackerMeasured, redisCpuSeconds: number }

const folder = await mkdtemp(join(tmpdir(), 'cdnd-bench-'))
try {
  const stores = flags.only.split(',')
  const runs = new Map<string, Run[]>(stores.map(store => [store, []]))
  await repeat(async () => {
    for (const store of stores) runs.get(store)!.push(await oneRun(store))
  }, Number(flags.runs))
  const records = Number(flags.nodes) * Number(flags['titles-per-node'])
  report({
    name: 'tracker',
    question: `Announces and lookups a tracker takes with ${records} provider records`,
    rows: stores.flatMap(store => rowsOf(store, runs.get(store)!, runs.get(stores[0]!)!)),
    notes: notesOf(stores, runs),
    details: Object.fromEntries(runs)
  }, flags.json)
} finally {
  await rm(folder, { recursive: true })
}

async function oneRun (store: string): Promise<Run> {
  const redis = store === 'redis' ? await RedisServer.start() : undefined
  const file = join(folder, 'envelopes')
  const given: TrackerLoad = {
    nodes: Number(flags.nodes),
    titlesPerNode: Number(flags['titles-per-node']),
    titles: Number(flags.titles),
    calls,
    file,
    ...(redis != null && { redis: redis.url })
  }
  const child = fork(WORKER, [JSON.stringify(given)], { execArgv: ['--max-semi-space-size=4'] })
  try {
    const [measured] = await once(child, 'message') as [TrackerMeasured]
    const costs: Costs = {
      'its own code': { announces: measured.announces, lookups: measured.lookups },
      HTTP: await overHttp(child.pid!, measured.url, file),
      libp2p: await overLibp2p(child.pid!, measured.address)
    }
    const redisCpuSeconds = redis?.pid == null ? 0 : cpuSeconds(redis.pid)
    return { costs, measured, redisCpuSeconds }
  } finally {
    child.kill()
    await redis?.stop()
  }
}

async function overHttp (pid: number, url: string, file: string): Promise<Costs['HTTP']> {
  const announces = envelopesIn(await readFile(file))
    .map(envelope => requestBytes(url, '/announce', envelope))
  const lookups = Array.from({ length: calls }, (_, i) =>
    requestBytes(url, `/providers/${contentAt((i * 31) % Number(flags.titles))}?region=eu`))
  const send = async (requests: Buffer[]) => await costOf(pid, requests.length, async () => {
    await sendAll(url, requests, CONNECTIONS)
  })
  return { announces: await send(announces), lookups: await send(lookups) }
}

/** Each host announces for itself, as it must. */
async function overLibp2p (pid: number, address: string): Promise<Costs['libp2p']> {
  const clients = await Promise.all(Array.from({ length: HOSTS }, async () => {
    const privateKey = await generateKeyPair('Ed25519')
    const host = await createHost({ privateKey, network: NETWORK, listen: [], dht: 'off' })
    const describe = () =>
      ({ network: NETWORK, role: 'peer' as const, region: 'eu', addresses: [], rtts: [] })
    const ask = libp2pTransport(host, [multiaddr(address)])
    const signer = new NodeSigner({ privateKey, describe })
    return { host, ask, tracker: new TrackerClient({ ask, signer }, { network: NETWORK }) }
  }))
  const count = Math.ceil(calls / 10 / HOSTS)
  const all = async (call: (client: typeof clients[number], i: number) => Promise<unknown>) =>
    await costOf(pid, count * HOSTS, async () => {
      await Promise.all(clients.map(async client => {
        for (let i = 0; i < count; i++) await call(client, i)
      }))
    })
  try {
    const content = (i: number) => contentAt((i * 31) % Number(flags.titles))
    const announce = async (client: typeof clients[number], i: number) =>
      await client.tracker.announce([announced(content(i))])
    await all(announce)
    const announces = await all(announce)
    const signal = AbortSignal.timeout(60_000)
    const lookups = await all(async ({ ask }, i) =>
      await ask({ type: 'lookup', content: content(i) }, { signal }))
    return { announces, lookups }
  } finally {
    await Promise.all(clients.map(({ host }) => host.stop()))
  }
}

async function costOf (pid: number, count: number, work: () => Promise<void>): Promise<Cost> {
  const cpuBefore = cpuSeconds(pid)
  const startMs = performance.now()
  await work()
  const perSecond = count / (performance.now() - startMs) * 1000
  return { perSecond, cpuUs: (cpuSeconds(pid) - cpuBefore) * 1e6 / count }
}

function envelopesIn (bytes: Buffer): Buffer[] {
  const envelopes: Buffer[] = []
  for (let at = 0; at < bytes.byteLength;) {
    const end = at + 4 + bytes.readUInt32BE(at)
    envelopes.push(bytes.subarray(at + 4, end))
    at = end
  }
  return envelopes
}

function rowsOf (store: string, runs: Run[], first: Run[]) {
  const ways = Object.keys(runs[0]!.costs) as Array<keyof Costs>
  return ways.flatMap(way => (['announces', 'lookups'] as const).map(kind => {
    const middle = (of: Run[], field: keyof Cost) =>
      median(of.map(({ costs }) => costs[way][kind][field]))
    const perSecond = middle(runs, 'perSecond')
    return {
      store,
      'asked by': way,
      what: kind,
      'a second': Math.round(perSecond),
      'CPU, µs each': Math.round(middle(runs, 'cpuUs')),
      'a CPU-second': Math.round(1e6 / middle(runs, 'cpuUs')),
      [`of ${flags.only.split(',')[0]}`]: ratio(perSecond, middle(first, 'perSecond'))
    }
  }))
}

function notesOf (stores: string[], runs: Map<string, Run[]>): string[] {
  const bytes = stores.map(store => {
    const each = median(runs.get(store)!.map(({ measured }) => measured.bytesPerRecord))
    return `${store} ${Math.round(each)} B`
  })
  const [run] = runs.get(stores[0]!)!
  const all = [...runs.values()].flat()
  const redis = runs.get('redis')?.map(({ redisCpuSeconds }) => redisCpuSeconds) ?? []
  return [
    `${flags.nodes} nodes, ${flags['titles-per-node']} of ${flags.titles} titles each; a lookup ` +
      `names ${run!.measured.named} of those that hold the title or want it`,
    `a provider record takes ${bytes.join(', ')}, its share of the node's own record included`,
    `verifying one signature takes ${Math.round(median(all.map(
      ({ measured }) => measured.verifyUs)))} µs of CPU by itself, here and now`,
    'own code: in one thread, with Redis 32 at once; HTTP and libp2p: whoever asks has the other ' +
      'core; a CPU-second counts all threads of the tracker, and not those of Redis',
    ...redis.length > 0 ? [`Redis itself took ${median(redis).toFixed(1)} s of CPU a run`] : [],
    `medians of ${flags.runs} runs`
  ]
}
