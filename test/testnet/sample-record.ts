/**
 * The record of a run that never was, but could have been: four regions, faults, a Zipf day.
 * in: a seed and how many peers. out: a record; the same for the same seed.
 */

import type {
  BytesBySource, Flow, RecordedAct, RecordedNode, RecordedPlay, RecordedTitle, RunRecord, Sample,
  StartKind
} from '../../testnet/run-record.ts'
import { seededRandom } from '../../testnet/seeded-random.ts'

const REGIONS = ['eu', 'us', 'asia', 'south']
const MIB = 1024 * 1024
const DURATION_MS = 240_000
const SAMPLE_MS = 1_000
const TITLES = 24
const EDGES = 4

type Random = () => number

export interface SampleInit {
  seed?: number
  peers?: number
  kind?: RunRecord['kind']
}

export function sampleRecord (
  { seed = 1, peers = 160, kind = 'testnet' }: SampleInit = {}
): RunRecord {
  const random = seededRandom(seed)
  const titles = Array.from({ length: TITLES }, (_, i) => title(i, random))
  const nodes = [
    server('origin', 'eu', kind, titles),
    ...REGIONS.slice(0, EDGES).map((region, i) => server(`edge-${i}`, region, kind, titles)),
    ...Array.from({ length: peers }, (_, i) => peer(i, kind, titles, random))
  ]
  const acts = actsOn(peers)
  const plays = playsOf(peers, titles, acts, random)
  const fetched = totalOf(nodes)
  return {
    scenario: 'everything',
    kind,
    seed,
    speed: 4,
    durationMs: DURATION_MS,
    setting: {
      peers, edges: EDGES, regions: REGIONS, degree: 8, perProcess: 20, upSeconds: 71.4
    },
    titles,
    plays,
    acts,
    samples: samplesOf(fetched, plays, acts, peers),
    nodes,
    flows: flowsOf(nodes, random),
    bounds: { floorBytes: (fetched.edge + fetched.origin) / 1.18, ceilingShare: 0.94 },
    verdicts: [
      verdict('server bytes ÷ floor', 1.18, 1.3, '×'),
      verdict('start-up p50', 212, 265, 'ms'),
      verdict('start-up p99', 2_310, 2_000, 'ms'),
      verdict('stalls', plays.reduce((sum, { stalls }) => sum + stalls, 0), 0, ''),
      { ...verdict('polluters banned', 5, 5, ''), is: 'at least' }
    ]
  }
}

const verdict = (name: string, measured: number, goal: number, unit: string) =>
  ({ name, measured, goal, is: 'at most' as const, unit })

const regionOf = (peer: number): string => REGIONS[peer % REGIONS.length]!

function title (number: number, random: Random): RecordedTitle {
  const durationMs = 60_000 + Math.floor(random() * 540_000)
  return {
    name: `title ${number}`,
    bytes: Math.round(durationMs / 1000 * 16_000),
    durationMs,
    segments: Math.ceil(durationMs / 4_000)
  }
}

function server (
  name: string, region: string, kind: RunRecord['kind'], titles: RecordedTitle[]
): RecordedNode {
  const isOrigin = name === 'origin'
  return {
    name,
    role: isOrigin ? 'origin' : 'edge',
    region,
    isUp: name !== 'edge-1',
    fetched: { local: 0, peer: 0, edge: 0, origin: isOrigin ? 0 : 40 * MIB },
    sentBytes: (isOrigin ? 180 : 90) * MIB,
    wastedBytes: 0,
    ...(kind === 'testnet' && {
      cpuSeconds: isOrigin ? 9 : 5, pssBytes: (isOrigin ? 88 : 71) * MIB
    }),
    held: titles.map((_, i) => isOrigin || i % 3 !== 2 ? 1 : 0),
    banned: []
  }
}

function peer (
  number: number, kind: RunRecord['kind'], titles: RecordedTitle[], random: Random
): RecordedNode {
  const [got, given] = [(4 + 20 * random()) * MIB, 30 * random() ** 3 * MIB]
  return {
    name: `peer-${number}`,
    role: 'peer',
    region: regionOf(number),
    isUp: number % 31 !== 7,
    fetched: { local: 0.4 * got, peer: 0.86 * got, edge: 0.12 * got, origin: 0.02 * got },
    sentBytes: given,
    wastedBytes: 0.03 * got * random(),
    ...(kind === 'testnet' && {
      cpuSeconds: 1.5 + 2 * random(), pssBytes: (14 + 5 * random()) * MIB
    }),
    held: titles.map((_, i) => random() < 0.9 / (1 + i / 3) ? Math.min(1, 1.4 * random()) : 0),
    banned: number % 20 === 0 ? ['peer-13'] : []
  }
}

function actsOn (peers: number): RecordedAct[] {
  const names = (...numbers: number[]): string[] =>
    numbers.filter(number => number < peers).map(number => `peer-${number}`)
  return [
    {
      atMs: 30_000, kind: 'polluters', nodes: names(13, 41, 77, 102, 140),
      text: 'five peers send altered blocks from now on'
    },
    { atMs: 80_000, kind: 'kill', nodes: ['edge-1'], text: 'edge-1 is lost' },
    { atMs: 120_000, kind: 'partition', nodes: names(2, 6, 10), text: 'asia is cut off' },
    { atMs: 150_000, kind: 'heal', nodes: names(2, 6, 10), text: 'asia is back' },
    { atMs: 200_000, kind: 'churn', nodes: names(7, 38, 69), text: 'a fifth leaves and comes back' }
  ]
}

function playsOf (
  peers: number, titles: RecordedTitle[], acts: RecordedAct[], random: Random
): RecordedPlay[] {
  const count = Math.min(4 * peers, 2_000)
  return Array.from({ length: count }, (_, i) => {
    const startedAtMs = Math.floor(DURATION_MS * 0.9 * i / count)
    const number = Math.floor(titles.length * random() ** 2)
    const { segments, bytes } = titles[number]!
    const start: StartKind = i < peers ? 'cold' : random() < 0.2 ? 'cached' : 'warm'
    const isHard = acts.some(({ atMs }) => startedAtMs > atMs && startedAtMs < atMs + 8_000)
    const base = { cold: 320, warm: 190, cached: 12 }[start]
    const stalls = isHard && random() < 0.08 ? 1 : 0
    const isLost = random() < 0.004
    return {
      node: `peer-${i % peers}`,
      region: regionOf(i % peers),
      title: number,
      startedAtMs,
      start,
      startUpMs: isLost ? null
        : base * (0.6 + random() + 3 * random() ** 12) * (isHard ? 2.2 : 1),
      ...(i % 4 === 0 && { plainStartUpMs: 215 * (0.7 + 0.8 * random()) }),
      stalls,
      stalledMs: stalls * 700,
      segments,
      missing: 0,
      bytes,
      wrongBytes: 0,
      ...(isLost && { error: 'nobody had the title' })
    }
  })
}

const totalOf = (nodes: RecordedNode[]): BytesBySource => {
  const total = { local: 0, peer: 0, edge: 0, origin: 0 }
  for (const { fetched } of nodes.filter(({ role }) => role === 'peer')) {
    for (const source of ['local', 'peer', 'edge', 'origin'] as const) {
      total[source] += fetched[source]
    }
  }
  return total
}

function samplesOf (
  all: BytesBySource, plays: RecordedPlay[], acts: RecordedAct[], peers: number
): Sample[] {
  const count = DURATION_MS / SAMPLE_MS + 1
  return Array.from({ length: count }, (_, i) => {
    const atMs = i * SAMPLE_MS
    const part = i / (count - 1)
    const begun = plays.filter(({ startedAtMs }) => startedAtMs <= atMs)
    const playing = begun.filter(play => atMs < play.startedAtMs + 20_000)
    const isOut = acts.some(act => act.kind !== 'heal' && atMs > act.atMs && atMs < act.atMs + 2e4)
    return {
      atMs,
      fetched: {
        local: all.local * part ** 2,
        peer: all.peer * part ** 1.6,
        edge: all.edge * part ** 0.5,
        origin: all.origin * part ** 0.4
      },
      originSentBytes: 180 * MIB * part ** 0.4,
      edgeSentBytes: EDGES * 90 * MIB * part ** 0.5,
      wastedBytes: 0.015 * all.peer * part,
      nodesUp: peers + EDGES + 1 - (isOut ? Math.ceil(peers / 20) : 0),
      playing: playing.length,
      stalls: begun.reduce((sum, { stalls }) => sum + stalls, 0)
    }
  })
}

function flowsOf (nodes: RecordedNode[], random: Random): Flow[] {
  return nodes.filter(({ role }) => role === 'peer').slice(0, 400).flatMap(to =>
    Array.from({ length: 9 }, () => {
      const from = nodes[Math.floor(random() * Math.min(nodes.length, 400))]!
      const isNear = from.region === to.region
      return { from: from.name, to: to.name, bytes: (isNear ? 3 : 0.5) * MIB * random() ** 2 }
    }).filter(({ from }) => from !== to.name))
}
