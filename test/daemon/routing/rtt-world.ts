/**
 * A world of nodes at distances, for tests: four regions, 20 ms inside and 60, 120 and 200 ms
 * between them, an access delay for each node, jitter and spikes on each measurement.
 */

import { NOWHERE, settle } from '../../../daemon/routing/index.ts'
import { ema } from '../../../daemon/routing/ema.ts'
import type { Random } from '../../../protocols/clock.ts'
import type { Coordinate } from '../../../protocols/rtt/index.ts'
import { seededRandom } from '../../../testnet/seeded-random.ts'

const RTT_MS = [
  [20, 60, 120, 200],
  [60, 20, 120, 200],
  [120, 120, 20, 120],
  [200, 200, 120, 20]
]
const REGIONS = 4
const DEGREE = 8
const MAX_ACCESS_MS = 15
const JITTER = 0.2
const SPIKES = 0.03
/** Rounds of measuring between two times that a node tells where it is. */
const ROUNDS_TOLD = 6

export interface RttWorldInit {
  nodes?: number
  seed?: number
  /** Share of each node's neighbours that chance does not choose, but its region. */
  nearShare?: number
  /** What a node says of its place, in place of the truth. */
  claims?: (node: number, random: Random) => Coordinate | undefined
}

export class RttWorld {
  readonly random: Random
  readonly nodes: number[]
  readonly neighbours: Array<Set<number>>
  readonly places: Coordinate[]
  readonly smoothed: Array<Map<number, number>>
  readonly #told: Coordinate[]
  readonly #accessMs: number[]
  readonly #claims: NonNullable<RttWorldInit['claims']>
  #rounds = 0

  constructor (
    { nodes = 60, seed = 1, nearShare = 0, claims = () => undefined }: RttWorldInit = {}
  ) {
    this.random = seededRandom(seed)
    this.nodes = Array.from({ length: nodes }, (_, node) => node)
    this.neighbours = this.nodes.map(() => new Set())
    this.places = this.nodes.map(() => ({ ...NOWHERE }))
    this.#told = this.nodes.map(() => ({ ...NOWHERE }))
    this.smoothed = this.nodes.map(() => new Map())
    this.#accessMs = this.nodes.map(() => MAX_ACCESS_MS * this.random())
    this.#claims = claims
    for (const node of this.nodes) this.#befriend(node, nearShare)
  }

  /** Without jitter. */
  rttMs (a: number, b: number): number {
    return RTT_MS[a % REGIONS]![b % REGIONS]! + this.#accessMs[a]! + this.#accessMs[b]!
  }

  /** What a node tells of its place now. */
  told (node: number): Coordinate {
    return this.#told[node]!
  }

  run (rounds: number): this {
    for (const end = this.#rounds + rounds; this.#rounds < end; this.#rounds++) {
      for (const node of this.nodes) this.#measure(node)
      for (const node of this.nodes) {
        if (this.#rounds === 0 || (this.#rounds + node) % ROUNDS_TOLD === 0) {
          this.#told[node] = this.#claims(node, this.random) ?? this.places[node]!
        }
      }
    }
    return this
  }

  /** Of pairs that are no neighbours: how far off, as a share of the truth; sorted. */
  errors (
    nodes: number[], estimate: (a: number, b: number) => number | undefined
  ): number[] {
    const pairs = nodes.flatMap(a => nodes.filter(b => a !== b && !this.neighbours[a]!.has(b))
      .map(b => [a, b] as const))
    return pairs.map(([a, b]) => {
      const rttMs = this.rttMs(a, b)
      return Math.abs((estimate(a, b) ?? Infinity) - rttMs) / rttMs
    }).sort((a, b) => a - b)
  }

  #measure (node: number): void {
    const smoothed = this.smoothed[node]!
    const seen = [...this.neighbours[node]!].map(other => {
      const isSpike = this.random() < SPIKES
      const rttMs = this.rttMs(node, other) * (1 + JITTER * (this.random() - 0.5)) +
        (isSpike ? 100 * this.random() : 0)
      smoothed.set(other, ema(smoothed.get(other), rttMs))
      return { coordinate: this.#told[other]!, rttMs: smoothed.get(other)! }
    })
    this.places[node] = settle(this.places[node]!, seen, this.random)
  }

  #befriend (node: number, nearShare: number): void {
    const own = this.neighbours[node]!
    while (own.size < DEGREE) {
      const isNear = nearShare > 0 && this.random() < nearShare
      const other = Math.floor(this.random() * this.nodes.length)
      if (other === node || (isNear && other % REGIONS !== node % REGIONS)) continue
      own.add(other)
      this.neighbours[other]!.add(node)
    }
  }
}

export const median = (sorted: number[]): number => sorted[Math.floor(sorted.length / 2)]!
