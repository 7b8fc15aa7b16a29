/**
 * How many requests should an edge serve at once before it sends peers to the swarm?
 * in: flags. out: what listeners take from servers and how long they wait for a segment, over fixed
 * thresholds and the adaptive one; a table, JSON, and a picture of the curve with its optimum.
 *
 *   npm run bench -- switch [--thresholds 1,2,4,8,16,32] [--peers 10] [--seconds 120] [--runs 1]
 *                           [--edge-mbits 4] [--peer-mbits 8] [--policy server-first]
 *                           [--keep] [--json FILE] [--svg FILE]
 *
 * Real daemons over an emulated network. The edge has the title and a line that is too slow for all
 * listeners, who come one a second and play at four times the speed of sound; what does not fit
 * waits in the edge's own queues. `off` is an edge without the switch.
 *
 * The optimum is where a publisher and a listener pay least together: server bytes as a share of
 * all + the p95 fetch as a share of the time a segment plays. One copy more from the servers for
 * everybody is as bad as fetches as long as playing.
 */

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import type { Daemon } from '../testnet/daemon.ts'
import { type Play, play } from '../testnet/player.ts'
import { expectedOf, type MadeTitle } from '../testnet/workload/made-titles.ts'
import { curveSvg } from './rig/curve-svg.ts'
import { type Histogram, histogramIn, merged, quantileOf } from './rig/histogram.ts'
import { median, repeat, report } from './rig/report.ts'
import { type Fetched, type Swarm, withSwarm } from './rig/swarm.ts'

const { values: flags } = parseArgs({
  args: process.argv.slice(2),
  options: {
    thresholds: { type: 'string', default: '1,2,4,8,16,32' },
    peers: { type: 'string', default: '10' },
    seconds: { type: 'string', default: '120' },
    runs: { type: 'string', default: '1' },
    'edge-mbits': { type: 'string', default: '4' },
    'peer-mbits': { type: 'string', default: '8' },
    policy: { type: 'string', default: 'server-first' },
    keep: { type: 'boolean', default: false },
    json: { type: 'string' },
    svg: { type: 'string', default: join(import.meta.dirname, '../out/bench-switch.svg') }
  }
})

const SPEED = 4
const DELAY_MS = 10
const ARRIVAL_MS = 1000
const SEGMENT_MS = 10_000
const BYTES_OF_MBIT = 125_000
const ADAPTIVE = 'adaptive'
const OFF = 'off'

interface Outcome {
  threshold: string
  serverShare: number
  edgeCopies: number
  originCopies: number
  p50Ms: number
  p95Ms: number
  startUpMs: number
  stalls: number
  sentAway: number
  /** What publisher and listener pay together. */
  cost: number
}

const SETTINGS: Record<string, object> = {
  [OFF]: { enabled: 'off' },
  // As it is shipped.
  [ADAPTIVE]: {}
}

const thresholds = [...flags.thresholds.split(','), OFF, ADAPTIVE]
const outcomes: Outcome[] = []
for (const threshold of thresholds) {
  console.log(`threshold ${threshold}`)
  const runs = await repeat(() => measure(threshold), Number(flags.runs))
  outcomes.push(typical(threshold, runs))
}
show(outcomes)

async function measure (threshold: string): Promise<Outcome> {
  const gate = SETTINGS[threshold] ?? { floor: Number(threshold), ceiling: Number(threshold) }
  const line = (mbits: string) => ({ uploadBytesPerSecond: Number(mbits) * BYTES_OF_MBIT })
  return await withSwarm({
    peers: Number(flags.peers),
    titles: [{ name: 'switched', seconds: Number(flags.seconds), seed: 3 }],
    dht: false,
    roles: {
      edge: { switch: gate },
      peer: { store: { keepFree: '0' }, retrieval: { policy: flags.policy } }
    },
    emulated: {
      delayMs: DELAY_MS,
      hostShape: name =>
        line(name.startsWith('peer') ? flags['peer-mbits'] : flags['edge-mbits'])
    },
    ...(flags.keep && { onKept: folder => { console.log(`data and logs: ${folder}`) } })
  }, swarm => listen(swarm, threshold))
}

async function listen (swarm: Swarm, threshold: string): Promise<Outcome> {
  const { network: { peers, edges: [edge] }, titles: [title], signal } = swarm
  await warm(edge!, title!, signal)
  const plays = await Promise.all(peers.map(async (peer, i) => {
    await sleep(i * ARRIVAL_MS, undefined, { signal })
    const { id: content, rendition } = title!
    const gateway = peer.ready.gateway ?? ''
    return await play({
      gateway, content, rendition, expected: expectedOf(title!), speed: SPEED, signal
    })
  }))
  const histogram = merged(await Promise.all(peers.map(peer => fetchTimes(peer, signal))))
  const { switch: gate } = await swarm.status(edge!)
  const sentAway = gate == null ? 0 : gate.refused.full + gate.refused.common
  const fetched = await swarm.fetched()
  return outcomeOf(threshold, { title: title!, fetched, histogram, plays, sentAway })
}

/** The edge has all of it beforehand, fetched past its slow line. */
async function warm (edge: Daemon, title: MadeTitle, signal: AbortSignal): Promise<void> {
  const base = `${edge.ready.gateway}/hls/${title.id}/${title.rendition}`
  for (const { name } of title.files) await (await fetch(`${base}/${name}`, { signal })).bytes()
}

/** How long a peer waited for blocks from others; a segment here is one block. */
async function fetchTimes (peer: Daemon, signal: AbortSignal): Promise<Histogram> {
  const text = await (await fetch(`${peer.ready.gateway}/metrics`, { signal })).text()
  const isFetched = (labels: string) => !labels.includes('source="local"')
  return histogramIn(text, 'cdnd_retrieval_block_seconds', isFetched)
}

interface Seen {
  title: MadeTitle
  fetched: Fetched
  histogram: Histogram
  plays: Play[]
  sentAway: number
}

function outcomeOf (threshold: string, seen: Seen): Outcome {
  const { title, fetched: { peer, edge, origin }, histogram, plays, sentAway } = seen
  const missing = plays.reduce((sum, play) => sum + play.missing, 0)
  if (missing > 0) console.log(`${missing} files did not come`)
  const serverShare = (edge + origin) / (peer + edge + origin)
  const p95Ms = quantileOf(histogram, 0.95) * 1000
  return {
    threshold,
    serverShare,
    edgeCopies: edge / title.size,
    originCopies: origin / title.size,
    p50Ms: quantileOf(histogram, 0.5) * 1000,
    p95Ms,
    startUpMs: median(plays.map(({ startUpMs }) => startUpMs)),
    stalls: plays.reduce((sum, { stalls }) => sum + stalls, 0),
    sentAway,
    cost: serverShare + p95Ms / (SEGMENT_MS / SPEED)
  }
}

/** The run with the median cost. */
function typical (threshold: string, runs: Outcome[]): Outcome {
  const sorted = runs.toSorted((a, b) => a.cost - b.cost)
  return { ...sorted[Math.floor((sorted.length - 1) / 2)]!, threshold }
}

function show (outcomes: Outcome[]): void {
  const fixed = outcomes.filter(({ threshold }) => threshold !== ADAPTIVE)
  const best = fixed.reduce((a, b) => b.cost < a.cost ? b : a)
  report({
    name: 'switch',
    question: 'How many requests should an edge serve at once before it sends peers to the swarm?',
    rows: outcomes.map(outcome => ({
      threshold: outcome.threshold + (outcome === best ? ' ← optimum' : ''),
      'from servers': `${(outcome.serverShare * 100).toFixed(1)} %`,
      'edge copies': outcome.edgeCopies,
      'origin copies': outcome.originCopies,
      'p50, ms': outcome.p50Ms,
      'p95, ms': outcome.p95Ms,
      'start-up, ms': outcome.startUpMs,
      stalls: outcome.stalls,
      'sent away': outcome.sentAway,
      cost: outcome.cost
    })),
    notes: [
      `${flags.peers} listeners, one a second, at ${SPEED} ×; policy ${flags.policy}; edge ` +
        `${flags['edge-mbits']} Mbit/s up, peers ${flags['peer-mbits']}; delay ${DELAY_MS} ms`,
      'cost: share of bytes from servers + p95 fetch ÷ time a segment plays; the least is best'
    ],
    details: { flags, outcomes, optimum: best.threshold }
  }, flags.json)
  writeFileSync(flags.svg, curveSvg({
    title: 'An edge\'s threshold: what servers send against how long a segment takes',
    x: 'fetch of a segment, p95, ms',
    y: 'share of bytes from servers',
    points: outcomes.map(outcome => ({
      name: outcome.threshold,
      x: outcome.p95Ms,
      y: outcome.serverShare,
      isApart: outcome.threshold === ADAPTIVE,
      isBest: outcome === best
    }))
  }))
  console.log(`drawn in ${flags.svg}`)
}
