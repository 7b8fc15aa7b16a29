/**
 * What a simulated day showed. in: the network after it, the plays. out: the record of a run.
 */

import type { BytesBySource, Flow, RecordedNode, RunRecord, Sample } from '../run-record.ts'
import { boundsOf } from '../workload/floor.ts'
import type { SimulatedTitle } from './library.ts'
import type { SimNetwork } from './sim-network.ts'
import type { SimPeer } from './sim-peer.ts'
import type { SimulatedPlay } from './sim-player.ts'
import type { SimServer } from './sim-server.ts'
import type { Day, SimulationInit } from './simulate.ts'

const MAX_FLOWS = 4_000

/** Sums so far. */
export function sampleOf (
  { peers, origin, edges }: SimNetwork,
  { atMs, playing, plays }: { atMs: number, playing: number, plays: readonly SimulatedPlay[] }
): Sample {
  const fetched: BytesBySource = { local: 0, peer: 0, edge: 0, origin: 0 }
  let wastedBytes = 0
  for (const peer of peers.values()) {
    for (const source of SOURCES) fetched[source] += peer.fetched[source]
    wastedBytes += peer.wastedBytes
  }
  return {
    atMs,
    fetched,
    originSentBytes: Math.round(origin.port.sentBytes),
    edgeSentBytes: Math.round(edges.reduce((sum, { port }) => sum + port.sentBytes, 0)),
    wastedBytes,
    nodesUp: peers.size + edges.length + 1,
    playing,
    stalls: plays.reduce((sum, { stalls }) => sum + stalls, 0)
  }
}

const SOURCES = ['local', 'peer', 'edge', 'origin'] as const

export function recordOf (network: SimNetwork, init: SimulationInit, day: Day): RunRecord {
  const { scenario, seed, speed, peers, edges, degree } = init
  const { titles } = network.library
  return {
    scenario,
    kind: 'simulation',
    seed,
    speed,
    durationMs: day.durationMs,
    setting: { peers, edges, regions: network.regions, degree, perProcess: peers, upSeconds: 0 },
    titles: titles.map(({ name, size, durationMs, files }) => ({
      name, bytes: size, durationMs, segments: files.length - 1
    })),
    plays: day.plays.map(({ files: _, ...play }) => play),
    acts: [],
    samples: day.samples,
    nodes: [
      ...[...network.peers.values()].map(peer => nodeOf(peer, titles)),
      ...[...network.edges, network.origin].map(server => serverOf(server, titles))
    ],
    flows: flowsOf(network.peers.values()),
    bounds: boundsOf(day.plays.map(({ node, title, files }) => {
      const { id, files: all } = titles[title]!
      return { node, title: { id: id.toString(), files: all }, files }
    })),
    verdicts: []
  }
}

function nodeOf (peer: SimPeer, titles: readonly SimulatedTitle[]): RecordedNode {
  const { name, role, region, fetched, port, wastedBytes, holdings, penalties } = peer
  const held = titles.map(({ id, blocks }) =>
    (holdings.completeness(id)[0]?.held ?? 0) / blocks)
  return {
    name, role, region, isUp: true, fetched, sentBytes: Math.round(port.sentBytes), wastedBytes,
    held, banned: penalties.banned()
  }
}

function serverOf (
  { name, role, region, port }: SimServer, titles: readonly SimulatedTitle[]
): RecordedNode {
  return {
    name,
    role,
    region,
    isUp: true,
    fetched: { local: 0, peer: 0, edge: 0, origin: 0 },
    sentBytes: Math.round(port.sentBytes),
    wastedBytes: 0,
    held: titles.map(() => role === 'origin' ? 1 : 0),
    banned: []
  }
}

/** Between peers, the largest. */
function flowsOf (peers: Iterable<SimPeer>): Flow[] {
  const flows: Flow[] = []
  for (const { name, exchange } of peers) {
    for (const { node, receivedBytes } of exchange.neighbours()) {
      if (receivedBytes > 0) flows.push({ from: node.name, to: name, bytes: receivedBytes })
    }
  }
  return flows.sort((a, b) => b.bytes - a.bytes).slice(0, MAX_FLOWS)
}
