/**
 * A tracker in a process of its own, full, and measured from inside.
 * in: a {@link TrackerLoad} as JSON, the program's only argument.
 * out: a {@link TrackerMeasured} as a message, then answers over HTTP and libp2p until its parent
 * goes.
 */

import { generateKeyPairSync, sign, verify } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { generateKeyPair } from '@libp2p/crypto/keys'
import fastify from 'fastify'
import { openTrackerStore } from '../../bootstrap/open-store.ts'
import type { TrackerStore } from '../../bootstrap/store.ts'
import { BootstrapTracker } from '../../bootstrap/tracker.ts'
import { trackerRoutes } from '../../bootstrap/tracker-routes.ts'
import { componentLogger } from '../../daemon/log.ts'
import { createHost } from '../../protocols/host.ts'
import { TrackerServer } from '../../protocols/tracker/index.ts'
import { announced, contentAt, makeNodes, NETWORK, type TrackerNode } from './tracker-nodes.ts'

export interface TrackerLoad {
  nodes: number
  titlesPerNode: number
  titles: number
  /** Measured of each kind, after as many that are not. */
  calls: number
  /** Where the store is not the process's own memory. */
  redis?: string
  /** Gets envelopes to announce over HTTP, each behind its length as 4 bytes. */
  file: string
}

export interface Cost { perSecond: number, cpuUs: number }

export interface TrackerMeasured {
  announces: Cost
  lookups: Cost
  /** Of a provider record, keys and envelopes included. */
  bytesPerRecord: number
  named: number
  /** Of verifying one signature with Node's crypto, and nothing else. */
  verifyUs: number
  url: string
  address: string
}

/** What is measured is not how it refuses. */
const NO_LIMIT = { perSecond: 1e9, burst: 1e9 }
/** As bench/gateway and nginx alike see it: a caller of the same machine. */
const IP = '127.0.0.1'

const settings = JSON.parse(process.argv[2]!) as TrackerLoad
/** A question to memory is answered before Node looks for the next; Redis is waited for. */
const AT_ONCE = settings.redis == null ? 1 : 32
setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

const log = componentLogger({ level: 'error', json: false }).forComponent('cdnd:tracker')
const store: TrackerStore = openTrackerStore({
  network: NETWORK, tracker: { enabled: true, urls: [], redis: settings.redis }
}, log)
const limits = { addressRate: NO_LIMIT, nodeRate: NO_LIMIT }
const tracker = new BootstrapTracker({ store, log }, { network: NETWORK, ...limits })
// First, since it keeps this thread for seconds: Redis would seem to be gone.
const nodes = await makeNodes(settings.nodes)
// What they keep once they have spoken is not the tracker's.
for (const { signer } of nodes) await signer.record()
await tracker.start()
const contents = Array.from({ length: settings.titles }, (_, i) => contentAt(i))
await untilOpen()
const bytesPerRecord = await fill()
const verifyUs = (await measureVerify()).cpuUs
const announces = await measureAnnounces()
const lookups = await measureLookups()
const { length: named } = await tracker.lookup(contents[0]!, callerOf(nodes[0]!))
await writeEnvelopes()
const measured: TrackerMeasured = {
  announces, lookups, bytesPerRecord, named, verifyUs, ...await listen()
}
process.on('disconnect', () => process.exit())
process.send!(measured)

/** Bytes that each record took. */
async function fill (): Promise<number> {
  const before = await bytesHeld()
  const { titlesPerNode, titles } = settings
  await each(nodes.length, async i => {
    const first = i * titlesPerNode
    const held = Array.from({ length: titlesPerNode }, (_, j) =>
      announced(contents[(first + j) % titles]!))
    const { signer } = nodes[i]!
    await tracker.submit('announce', await signer.announce(held), callerOf(nodes[i]!))
  })
  return (await bytesHeld() - before) / (nodes.length * titlesPerNode)
}

async function measureVerify (): Promise<Cost> {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  const message = new Uint8Array(1_000)
  const signature = sign(null, message, privateKey)
  return await timed(settings.calls / 2, async () => verify(null, message, publicKey, signature))
}

async function measureAnnounces (): Promise<Cost> {
  const sealed: Array<{ envelope: Uint8Array, node: TrackerNode }> = []
  for (let i = 0; i < 2 * settings.calls; i++) {
    const node = nodes[(i * 7919) % nodes.length]!
    const title = announced(contents[i % contents.length]!)
    sealed.push({ envelope: await node.signer.announce([title]), node })
  }
  const announce = async (i: number): Promise<unknown> => {
    const { envelope, node } = sealed[i]!
    return await tracker.submit('announce', envelope, callerOf(node))
  }
  await each(settings.calls, announce)
  return await timed(settings.calls, async i => await announce(settings.calls + i))
}

async function measureLookups (): Promise<Cost> {
  const lookup = async (i: number): Promise<unknown> => await tracker.lookup(
    contents[(i * 31) % contents.length]!, callerOf(nodes[(i * 7919) % nodes.length]!))
  await each(settings.calls, lookup)
  return await timed(settings.calls, lookup)
}

/** Not right after a collection that was forced: it throws away compiled code as well. */
async function timed (count: number, call: (i: number) => Promise<unknown>): Promise<Cost> {
  const cpu = process.cpuUsage()
  const startMs = performance.now()
  await each(count, call)
  const perSecond = count / (performance.now() - startMs) * 1000
  const { user, system } = process.cpuUsage(cpu)
  return { perSecond, cpuUs: (user + system) / count }
}

async function each (count: number, call: (i: number) => Promise<unknown>): Promise<void> {
  let next = 0
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    while (next < count) await call(next++)
  }))
}

/** In Redis by its own account. */
async function bytesHeld (): Promise<number> {
  if (settings.redis != null) return (await store.size()).bytes
  // What is outside the heap goes after what held it.
  for (let i = 0; i < 3; i++) {
    collect()
    await new Promise(resolve => setTimeout(resolve, 10))
  }
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

async function untilOpen (): Promise<void> {
  while (await store.size().then(() => false, () => true)) {
    await new Promise(resolve => setTimeout(resolve, 20))
  }
}

async function writeEnvelopes (): Promise<void> {
  const parts: Uint8Array[] = []
  for (let i = 0; i < settings.calls; i++) {
    const title = announced(contents[i % contents.length]!)
    const envelope = await nodes[(i * 7919) % nodes.length]!.signer.announce([title])
    const length = new Uint8Array(4)
    new DataView(length.buffer).setUint32(0, envelope.byteLength)
    parts.push(length, envelope)
  }
  await writeFile(settings.file, Buffer.concat(parts))
}

async function listen (): Promise<Pick<TrackerMeasured, 'url' | 'address'>> {
  const app = fastify()
  await app.register(trackerRoutes(tracker, { addressRate: NO_LIMIT }))
  const url = await app.listen({ host: IP, port: 0 })
  const host = await createHost({
    privateKey: await generateKeyPair('Ed25519'),
    network: NETWORK,
    listen: [`/ip4/${IP}/tcp/0`],
    dht: 'off'
  })
  await new TrackerServer({ service: tracker, registrar: host, log }).start()
  return { url, address: host.getMultiaddrs()[0]!.toString() }
}

function callerOf ({ peer }: TrackerNode): { peer: TrackerNode['peer'], ip: string } {
  return { peer, ip: IP }
}
