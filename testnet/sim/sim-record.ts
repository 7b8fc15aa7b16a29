/**
 * What a simulated day showed. in: the network after it, the plays. out: the record of a run.
 */

import type { Flow, RecordedNode, RunRecord, Sample } from '../run-record.ts'
import { boundsOf } from '../workload/floor.ts'
import type { SimulatedTitle } from './library.ts'
import type { SimNetwork } from './sim-network.ts'
import type { SimPeer } from './sim-peer.ts'
import type { SimServer } from './sim-server.ts'
import type { Day, SimulationInit } from './simulate.ts'

const MAX_FLOWS = 4_000

/** Sums so far. */
export function sampleOf (
  { peers, origin, edges, totals: { fetched, wastedBytes } }: SimNetwork,
  so: Pick<Sample, 'atMs' | 'playing' | 'stalls'>
): Sample {
  const { atMs, playing, stalls } = so
  return {
    atMs,
    fetched: { ...fetched },
    originSentBytes: Math.round(origin.port.sentBytes),
    edgeSentBytes: Math.round(edges.reduce((sum, { port }) => sum + port.sentBytes, 0)),
    wastedBytes,
    nodesUp: peers.size + edges.length + 1,
    playing,
    stalls
  }
}

export function recordOf (network: SimNetwork, init: SimulationInit, day: Day): RunRecord {
  const { scenario, seed, speed, peers, edges, degree, processors } = init
  const { titles } = network.library
  return {
    scenario,
    kind: 'simulation',
    seed,
    speed,
    durationMs: day.durationMs,
    setting: {
      peers, edges, regions: network.regions, degree, perProcess: processors?.pack ?? peers,
      upSeconds: 0
    },
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
  const { name, role, region, own, port, holdings, penalties } = peer
  const held = titles.map(({ id, blocks }) =>
    (holdings.completeness(id)[0]?.held ?? 0) / blocks)
  return {
    name, role, region, isUp: true, fetched: own.fetched, sentBytes: Math.round(port.sentBytes),
    wastedBytes: own.wastedBytes, held, banned: penalties.banned()
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
