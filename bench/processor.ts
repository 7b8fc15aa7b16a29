/**
 * What does the work of a node cost a processor? in: flags. out: CPU of one of each thing that a
 * node does, both ends together, less what the same nodes take while nothing is done.
 *
 *   npm run bench -- processor [--nodes 20] [--rounds 3] [--idle 20] [--json FILE]
 *
 * The nodes are whole daemons that share this process, as the testnet packs them, 20 ms from each
 * other, shaped in user space. A simulation with `--pack` has work take as long
 * (testnet/sim/costs.ts).
 */

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { generateKeyPair } from '@libp2p/crypto/keys'
import type { Node } from '../daemon/node.ts'
import { createControlClient } from '../protocols/control/client.ts'
import { sealRecord } from '../protocols/tracker/record.ts'
import { RecordReader } from '../protocols/tracker/record-reader.ts'
import { Library } from '../testnet/sim/library.ts'
import { folderOf, NETWORK, packedPeers } from './rig/packed-peers.ts'
import { median, type Row, report } from './rig/report.ts'

const { values: flags } = parseArgs({
  args: process.argv.slice(2),
  options: {
    nodes: { type: 'string', default: '20' },
    rounds: { type: 'string', default: '3' },
    idle: { type: 'string', default: '20' },
    json: { type: 'string' }
  }
})

/** Of one round. */
const MANY = 500
const AT_ONCE = 10
/** Of each neighbour. */
const TURNS = 25
const RECORDS = 1_000
const TITLE_SECONDS = 300
/** What is left of making connections: identify, PINGs, gossip. */
const SETTLE_MS = 1_000

/** Milliseconds of CPU so far, of all threads. */
const cpuMs = (): number => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

const folder = await mkdtemp(join(tmpdir(), 'cdnd-costs-'))

/** What was done so often, and what the process worked and how long it took for that. */
interface Sample { workedMs: number, elapsedMs: number, times: number }

class Bench {
  readonly #nodes: Node[]
  readonly #library: Library
  readonly #samples = new Map<string, Sample[]>()
  /** Of all nodes, for each millisecond. */
  idleShare = 0

  constructor (nodes: Node[], library: Library) {
    this.#nodes = nodes
    this.#library = library
  }

  get rows (): Row[] {
    return [...this.#samples].map(([what, samples]) => {
      const each = samples.map(({ workedMs, elapsedMs, times }) =>
        (workedMs - this.idleShare * elapsedMs) / times)
      return {
        what,
        'CPU, ms': median(each),
        'least': Math.min(...each),
        'most': Math.max(...each)
      }
    })
  }

  async idle (ms: number): Promise<void> {
    const [beforeMs, sinceMs] = [cpuMs(), performance.now()]
    await sleep(ms)
    this.idleShare = (cpuMs() - beforeMs) / (performance.now() - sinceMs)
  }

  /** One of `times` that `run` does. */
  async measure (what: string, times: number, run: () => Promise<unknown>): Promise<void> {
    const [beforeMs, sinceMs] = [cpuMs(), performance.now()]
    await run()
    const sample = { workedMs: cpuMs() - beforeMs, elapsedMs: performance.now() - sinceMs, times }
    this.#samples.set(what, [...this.#samples.get(what) ?? [], sample])
  }

  /** A node meets all that have met fewer: the first all others, the last nobody. */
  async meet (from: number): Promise<void> {
    const [node, ...others] = this.#nodes.slice(from)
    await this.measure('connection, with identify and HELLO', others.length, async () => {
      const { exchange } = node!.parts
      await together(others.length, async i => {
        const { host } = others[i]!
        await exchange.connect(host.peerId, host.getMultiaddrs())
      })
      await sleep(SETTLE_MS)
    })
  }

  /** Records that a tracker names, each for the first time. */
  async read (): Promise<void> {
    const records = await Promise.all(this.#nodes.map(sealed))
    await this.measure('a node\'s record in a tracker\'s answer', RECORDS, async () => {
      for (let i = 0; i < RECORDS; i += records.length) {
        const reader = new RecordReader({ network: NETWORK })
        for (const record of records) await reader.open(record)
      }
    })
  }

  async round (round: number): Promise<void> {
    const { id, rendition, files } = this.#library.titles[round]!
    const { exchange } = this.#nodes[0]!.parts
    const neighbours = [...exchange.neighbours()]
    const holder = exchange.neighbour(this.#nodes[1]!.host.peerId)!
    await this.read()
    const [first, second] = this.#nodes as [Node, Node]
    await this.measure('INTEREST, HAVE and LEAVE', neighbours.length * TURNS, () =>
      Promise.all(neighbours.map(async neighbour => {
        for (let i = 0; i < TURNS; i++) {
          await neighbour.interest(id)
          neighbour.leave(id)
        }
      })))
    const root = this.#library.block(id)!
    const size = root.bytes.byteLength
    const want = { cid: id, size, content: id, priority: 'playing', deadlineMs: 5_000 } as const
    await this.measure(`WANT of ${size} B`, MANY, () =>
      together(MANY, () => holder.want(want)))
    const segments = files.length - 1
    await this.measure('segment of 160 kB from a peer', segments, () =>
      together(segments, i => first.parts.retrieval.segment(id, rendition, i)))
    await this.#serve(second, `${id}/${rendition}`)
    const control = await createControlClient({ data: join(folderOf(folder, 0), 'data') })
    await this.measure('a look of the testnet\'s, the looker too', MANY, async () => {
      for (let i = 0; i < MANY; i++) await control.status()
    })
  }

  async #serve ({ gateway }: Node, path: string): Promise<void> {
    const get = async (name: string): Promise<void> => {
      await (await fetch(`${gateway.url()}/hls/${path}/${name}`)).arrayBuffer()
    }
    for (const name of ['index.m3u8', 'init.mp4', '1.m4s']) {
      await get(name)
      await this.measure(`${name} from the gateway, its reader too`, MANY, async () => {
        for (let i = 0; i < MANY; i++) await get(name)
      })
    }
  }
}

const [rounds, restMs] = [Number(flags.rounds), 1000 * Number(flags.idle)]
const nodes = await packedPeers(Number(flags.nodes), folder)
try {
  const library = new Library()
  await library.publish(Array.from({ length: rounds }, (_, seed) =>
    ({ name: `title ${seed}`, seconds: TITLE_SECONDS, seed })))
  await hold(nodes[1]!, library)
  const bench = new Bench(nodes, library)
  for (let from = 0; from < nodes.length - 1; from++) await bench.meet(from)
  await sleep(restMs)
  await bench.idle(restMs)
  for (let round = 0; round < rounds; round++) await bench.round(round)
  report({
    name: 'processor',
    question: 'What the work of a node costs a processor',
    rows: [...bench.rows, {
      what: `a second of rest, with ${nodes.length - 1} neighbours`,
      'CPU, ms': 1000 * bench.idleShare / nodes.length
    }],
    notes: ['both ends together, all threads; less what all nodes take at rest meanwhile']
  }, flags.json)
} finally {
  await Promise.all(nodes.map(node => node.stop()))
  await rm(folder, { recursive: true, force: true })
}
process.exit()

/**
 * So many at a time: one after the other they wait, and what all do at rest would outweigh them.
 */
async function together (times: number, run: (i: number) => Promise<unknown>): Promise<void> {
  let next = 0
  const some = async (): Promise<void> => {
    while (next < times) await run(next++)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, some))
}

/** What a node says of itself to trackers. */
async function sealed ({ host }: Node): Promise<Uint8Array> {
  const nowMs = Date.now()
  return await sealRecord({
    network: NETWORK,
    seq: nowMs,
    issuedAtMs: nowMs,
    role: 'peer',
    region: 'eu',
    addresses: host.getMultiaddrs().map(address => address.decapsulate('/p2p')),
    rtts: host.getPeers().map(peer => ({ peer: `${peer}`, rttMs: 20 })),
    coordinate: { x: 1, y: 2, heightMs: 3, error: 0.2 }
  }, await generateKeyPair('Ed25519'))
}

/** All titles, in a node's store and told of. */
async function hold ({ parts: { store, holdings } }: Node, library: Library): Promise<void> {
  for (const { cid, bytes } of library.blocks()) await store.put(cid, bytes)
  for (const { id } of library.titles) await holdings.adopt(id)
}
