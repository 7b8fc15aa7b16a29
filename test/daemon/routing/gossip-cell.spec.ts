import { expect } from 'chai'
import { cellBits, MAX_CELL_NODES } from '../../../daemon/routing/gossip-cell.ts'
import type { Random } from '../../../protocols/clock.ts'
import { seededRandom } from '../../../testnet/seeded-random.ts'

const NEVER = Infinity
const LONG_AGO = 60 * 60_000

interface Given {
  bits?: number
  movedMs?: number
  isHeard?: boolean
  nodes?: number[]
  followers?: number[]
}

const bitsOf = (
  { bits = 0, movedMs = NEVER, isHeard = true, nodes = [], followers = [] }: Given
): number =>
  cellBits({
    bits, movedMs, isHeard, nodesAt: at => nodes[at] ?? 0, followersAt: at => followers[at] ?? 0
  })

describe('daemon/routing/gossip-cell', () => {
  it('leaves a region of 128 nodes whole, and splits one of 129', () => {
    expect(bitsOf({ nodes: [MAX_CELL_NODES], followers: [8] })).to.equal(0)
    expect(bitsOf({ nodes: [MAX_CELL_NODES + 1], followers: [8] })).to.equal(1)
  })

  it('does not move alone before the others know of it, unless there are far too many', () => {
    expect(bitsOf({ isHeard: false, nodes: [140], followers: [8] })).to.equal(0)
    expect(bitsOf({ isHeard: false, nodes: [2 * MAX_CELL_NODES], followers: [8] })).to.equal(1)
  })

  it('has a newcomer go where its connections are', () => {
    expect(bitsOf({ nodes: [1], followers: [0, 0, 0, 0, 0, 6] })).to.equal(5)
    expect(bitsOf({ nodes: [1], followers: [2, 0, 0, 6] })).to.equal(3)
  })

  it('stays where it is when others are as many elsewhere', () => {
    expect(bitsOf({ nodes: [50], followers: [4, 4] })).to.equal(0)
  })

  it('does not go back after a split to those that have not moved yet', () => {
    const nodes = [140, 70]
    expect(bitsOf({ bits: 1, movedMs: 5_000, nodes, followers: [8, 0] })).to.equal(1)
    expect(bitsOf({ bits: 1, movedMs: LONG_AGO, nodes, followers: [8, 0] })).to.equal(1)
  })

  it('gives up a cell that has been small for long', () => {
    const nodes = [10, 10]
    expect(bitsOf({ bits: 1, movedMs: 60_000, nodes, followers: [0, 8] })).to.equal(1)
    expect(bitsOf({ bits: 1, movedMs: LONG_AGO, nodes, followers: [0, 8] })).to.equal(0)
  })

  it('splits 300 nodes that come at once, and one that comes late joins its cell', () => {
    const random = seededRandom(1)
    const nodes = Array.from({ length: 300 }, () => new Node(random))
    for (let minute = 0; minute < 16; minute++) {
      for (const node of nodes) node.hear(nodes)
      for (const node of nodes) node.look(minute)
    }
    for (const node of nodes) {
      expect(nodes.filter(other => other.isWith(node)).length).to.be.within(24, MAX_CELL_NODES)
    }
    const late = new Node(random)
    late.hear(nodes)
    late.look(16)
    expect(nodes.filter(other => other.isWith(late)).length).to.be.within(24, MAX_CELL_NODES)
  })
})

const BITS = 16

/** Hears most of its cell each minute, and remembers whom it heard before. */
class Node {
  readonly #random: Random
  readonly #id: number
  #bits = 0
  #movedAt = -Infinity
  #contacts: Node[] | undefined
  readonly #heard = new Set<Node>()

  constructor (random: Random) {
    this.#random = random
    this.#id = Math.floor(random() * 2 ** BITS)
  }

  isWith (other: Node): boolean {
    return other.#bits === this.#bits && other.#isNear(this, this.#bits)
  }

  hear (all: Node[]): void {
    // As the DHT keeps them: those that share the most bits.
    this.#contacts ??= all.filter(other => other !== this)
      .sort((a, b) => (a.#id ^ this.#id) - (b.#id ^ this.#id)).slice(0, 12)
    for (const other of all) {
      if (other !== this && other.isWith(this) && this.#random() < 0.8) this.#heard.add(other)
    }
  }

  look (minute: number): void {
    const bits = cellBits({
      bits: this.#bits,
      movedMs: (minute - this.#movedAt) * 60_000,
      isHeard: minute > this.#movedAt,
      nodesAt: bits => 1 + [...this.#heard].filter(other => other.#isNear(this, bits)).length,
      followersAt: bits => this.#contacts!
        .filter(other => other.#bits === bits && other.#isNear(this, bits)).length
    })
    if (bits !== this.#bits) this.#movedAt = minute
    this.#bits = bits
  }

  #isNear (other: Node, bits: number): boolean {
    return this.#id >> (BITS - bits) === other.#id >> (BITS - bits)
  }
}
