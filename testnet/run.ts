/**
 * One run: start, publish, play at staggered times with faults, report, stop.
 * in: the flags. out: an exit code, 0 when every listener played every byte as published.
 */

import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { SongSummary } from '../protocols/control/index.ts'
import type { DaemonProcess } from './daemon-process.ts'
import { Network } from './network.ts'
import { mediaFiles, play } from './player.ts'
import { isWhole, type ListenerResult, type RunResult, tableOf, totalLines, totalsOf } from './report.ts'
import { seededRandom } from './seeded-random.ts'

export const FAULTS = ['tracker-lost', 'edge-lost', 'servers-lost', 'corrupt-peer'] as const
export type Fault = typeof FAULTS[number]

export interface TestnetOptions {
  nodes: number
  edges: number
  seed: number
  file?: string
  speed: number
  gap: number
  segment: string
  bitrate: string
  dht: boolean
  tracker: boolean
  fault?: Fault[]
  json?: string
  keep?: boolean
}

export interface Voice {
  say: (line: string) => void
}

export const DEMO_TRACK = fileURLToPath(new URL('../assets/metal-madness.ogg', import.meta.url))
/** Start-up is defined for a node that joined at least this long ago. */
const SETTLE_MS = 5_000
const POLL_MS = 200

export async function runTestnet (options: TestnetOptions, voice: Voice): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'cdnd-testnet-'))
  const network = new Network({
    folder,
    nodes: options.nodes,
    edges: options.edges,
    dht: options.dht,
    tracker: options.tracker,
    corrupt: options.fault?.includes('corrupt-peer') === true ? 1 : 0,
    config: { origin: { segment: options.segment, bitrates: [options.bitrate] } }
  })
  const ends = new AbortController()
  const onSignal = (): void => { ends.abort(new Error('interrupted')) }
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal)
  try {
    const run = await playAll(network, options, ends.signal, voice)
    await writeJson(run, options.json, voice)
    return isWhole(totalsOf(run)) ? 0 : 1
  } catch (error) {
    voice.say(`testnet failed: ${error instanceof Error ? error.message : String(error)}`)
    return ends.signal.aborted ? 130 : 1
  } finally {
    await network.stop()
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal)
    if (options.keep === true) voice.say(`data and logs are in ${folder}`)
    else await rm(folder, { recursive: true, force: true })
  }
}

/** Starts the network, has every peer play, and gathers what happened. */
export async function playAll (network: Network, options: TestnetOptions, signal: AbortSignal, { say }: Voice): Promise<RunResult> {
  const startedAt = performance.now()
  const aborted = new Promise<never>((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
  aborted.catch(() => { /* raced below; an abort after the race is nobody's to handle */ })
  await Promise.race([network.start([resolve(options.file ?? DEMO_TRACK)]), aborted])
  say(`${network.all().length} processes are up after ${((performance.now() - startedAt) / 1000).toFixed(1)} s`)
  const title = await publishedTitle(network, signal)
  say(`the origin published ${title.id}: ${title.segments} segments, ${(title.durationMs / 1000).toFixed(1)} s`)
  await sleep(SETTLE_MS, undefined, { signal })
  const events: string[] = []
  if (network.corruptPeers.length > 0) {
    // They hold the whole title before anybody listens, and so are asked first.
    await Promise.all(network.corruptPeers.map(peer => listener(network, peer, options.speed, title, signal)))
    events.push(`${network.corruptPeers.length} peer holds the whole title and alters every block it sends`)
    say(events.at(-1)!)
  }
  // What the origin sent to us while its copy was read is not the listeners'.
  const sentBefore = await servedBytes(network, network.origin)
  const listeners = await listen(network, options, title, events, signal, say)
  const served = await Promise.all([network.origin, ...network.edges].map(daemon => servedBytes(network, daemon)))
  const run: RunResult = {
    seed: options.seed,
    title,
    speed: options.speed,
    edges: options.edges,
    originBytes: (served[0] ?? 0) - sentBefore,
    edgeBytes: served.slice(1).reduce((sum, bytes) => sum + bytes, 0),
    listeners,
    events,
    ...await harmOf(network)
  }
  say(tableOf(run))
  for (const line of totalLines(run)) say(line)
  return run
}

async function listen (network: Network, options: TestnetOptions, title: PublishedTitle, events: string[], signal: AbortSignal, say: Voice['say']): Promise<ListenerResult[]> {
  const random = seededRandom(options.seed)
  const half = Math.floor(network.peers.length / 2)
  const plays: Array<Promise<ListenerResult>> = []
  for (const [i, peer] of network.peers.entries()) {
    if (i > 0) await sleep(options.gap * (0.5 + random()), undefined, { signal })
    for (const fault of options.fault ?? []) {
      const event = await strike(network, fault, i, half)
      if (event != null) {
        events.push(event)
        say(event)
      }
    }
    plays.push(listener(network, peer, options.speed, title, signal))
  }
  return await Promise.all(plays)
}

/**
 * Does what the fault says at its time: the tracker is lost before the first listener, an edge half-way,
 * and all servers before the last listener comes.
 */
async function strike (network: Network, fault: Fault, listener: number, half: number): Promise<string | undefined> {
  if (fault === 'tracker-lost' && listener === 0) {
    await lose(network, [network.bootstrap])
    return 'the bootstrap with its tracker was killed'
  }
  if (fault === 'edge-lost' && listener === half && network.edges[0] != null) {
    await lose(network, [network.edges[0]])
    return `${network.edges[0].name} was killed when listener ${listener + 1} came`
  }
  if (fault === 'servers-lost' && listener === network.peers.length - 1 && listener > 0) {
    await lose(network, [network.origin, network.bootstrap, ...network.edges])
    return 'origin, edge and bootstrap were killed before the last listener came: only listeners are left'
  }
  return undefined
}

/** Kills daemons as `kill -9` does, after a last look at what they sent. */
async function lose (network: Network, daemons: DaemonProcess[]): Promise<void> {
  await Promise.all(daemons.map(async daemon => {
    network.lastSent.set(daemon, await servedBytes(network, daemon))
    await daemon.kill()
  }))
}

async function listener (network: Network, peer: DaemonProcess, speed: number, title: PublishedTitle, signal: AbortSignal): Promise<ListenerResult> {
  const region = peer.name
  try {
    const played = await play({ gateway: peer.ready.gateway ?? '', content: title.id, speed, expected: title.expected, signal })
    const { delivered } = await (await network.control(peer)).status({ signal })
    return { name: peer.name, region, play: played, fetched: { peer: delivered.peer, edge: delivered.edge, origin: delivered.origin } }
  } catch (error) {
    signal.throwIfAborted()
    return { name: peer.name, region, fetched: { peer: 0, edge: 0, origin: 0 }, error: error instanceof Error ? error.message : String(error) }
  }
}

export interface PublishedTitle {
  id: string
  size: number
  segments: number
  durationMs: number
  /** sha256 of every file, taken from the origin itself before anybody listens. */
  expected: Map<string, string>
}

async function publishedTitle (network: Network, signal: AbortSignal): Promise<PublishedTitle> {
  const gateway = network.origin.ready.gateway ?? ''
  const song = await publishedSong(network.origin, signal)
  const expected = new Map<string, string>()
  let size = 0
  let segments = 0
  for (const rendition of song.renditions) {
    const base = `${gateway}/hls/${song.id}/${rendition}`
    for (const { name, durationMs } of await mediaFiles(`${base}/index.m3u8`, signal)) {
      const bytes = new Uint8Array(await (await fetch(`${base}/${name}`, { signal })).arrayBuffer())
      expected.set(`${rendition}/${name}`, createHash('sha256').update(bytes).digest('hex'))
      size += bytes.byteLength
      if (durationMs > 0) segments++
    }
  }
  return { id: song.id, size, segments, durationMs: song.durationMs, expected }
}

/** The first title in the origin's list, once it is there. */
async function publishedSong (origin: DaemonProcess, signal: AbortSignal): Promise<SongSummary> {
  for (;;) {
    const songs = await (await fetch(`${origin.ready.gateway}/songs`, { signal })).json() as SongSummary[]
    if (songs[0] != null) return songs[0]
    if (!origin.isRunning) throw new Error('the origin ended before it published anything')
    if (origin.complaint != null) throw new Error(origin.complaint)
    await sleep(POLL_MS, undefined, { signal })
  }
}

async function servedBytes (network: Network, daemon: DaemonProcess): Promise<number> {
  if (!daemon.isRunning) return network.lastSent.get(daemon) ?? 0
  return (await (await network.control(daemon)).status()).uploadedBytes
}

/** Bad blocks refused by all nodes together, and how many nodes banned a corrupt peer. */
async function harmOf (network: Network): Promise<Pick<RunResult, 'mismatches' | 'bannedBy'>> {
  const corrupt = network.corruptPeers.map(({ ready }) => ready.peer)
  const running = [...network.peers, ...network.edges].filter(daemon => daemon.isRunning)
  const statuses = await Promise.all(running.map(async daemon => (await network.control(daemon)).status()))
  return {
    mismatches: statuses.reduce((sum, { mismatches }) => sum + mismatches, 0),
    bannedBy: statuses.filter(({ bannedPeers }) => corrupt.some(peer => peer != null && bannedPeers.includes(peer))).length
  }
}

async function writeJson (run: RunResult, path: string | undefined, { say }: Voice): Promise<void> {
  if (path == null) return
  await mkdir(dirname(resolve(path)), { recursive: true })
  await writeFile(path, `${JSON.stringify({ ...run, totals: totalsOf(run) }, (_key, value) => value instanceof Map ? undefined : value, 2)}\n`)
  say(`the result is in ${path}`)
}
