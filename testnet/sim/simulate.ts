/**
 * A day of listeners in virtual time.
 * in: a trace, a network's setting. out: the record of the run, as the testnet's.
 */

import type { RunRecord, Sample } from '../run-record.ts'
import type { Trace, TracedPlay } from '../workload/trace.ts'
import { SimNetwork, type SimNetworkInit } from './sim-network.ts'
import type { SimPeer } from './sim-peer.ts'
import { type SimulatedPlay, SimPlayer } from './sim-player.ts'
import { recordOf, sampleOf } from './sim-record.ts'
import { VirtualTime } from './virtual-time.ts'

export interface SimulationInit extends SimNetworkInit {
  scenario: string
  trace: Trace
  /** Told now and then how far it is. */
  onProgress?: (line: string) => void
}

/** As the testnet's hosts have them: 20 and 100 Mbit/s, and a store of 1 GB. */
export const PEER_WIRES =
  { peerUpload: 2_500_000, peerDownload: 12_500_000, quotaBytes: 1_000_000_000 }

/** Between two samples. */
const SAMPLE_MS = 1_000
const PROGRESS_MS = 10_000

export async function simulate (init: SimulationInit): Promise<RunRecord> {
  const time = new VirtualTime()
  const network = new SimNetwork(time, init)
  const { trace } = init
  await time.until(network.start(trace.titles))
  const day = new Day(time, network, init)
  await time.until(day.play())
  await time.until(network.stop())
  return recordOf(network, init, day)
}

export class Day {
  readonly plays: SimulatedPlay[] = []
  readonly samples: Sample[] = []
  durationMs = 0
  #playing = 0
  #stalls = 0
  #isOver = false
  readonly #time: VirtualTime
  readonly #network: SimNetwork
  readonly #init: SimulationInit

  constructor (time: VirtualTime, network: SimNetwork, init: SimulationInit) {
    this.#time = time
    this.#network = network
    this.#init = init
  }

  /** Until the last listener is through. */
  async play (): Promise<void> {
    void this.#sample()
    const { plays } = this.#init.trace
    await Promise.all([...this.#network.peers.values()].map((peer, i) =>
      this.#listen(peer, plays[i] ?? [])))
    this.#isOver = true
    this.durationMs = this.#time.elapsedMs
  }

  async #listen (peer: SimPeer, traced: readonly TracedPlay[]): Promise<void> {
    const { speed } = this.#init
    const heard = new Set<number>()
    for (const each of traced) {
      await this.#time.sleep(each.at * 1000 / speed - this.#time.elapsedMs)
      const title = this.#network.library.titles[each.title]!
      const isWarm = [...peer.exchange.neighbours()]
        .some(({ rateBytesPerSecond }) => rateBytesPerSecond != null)
      this.#playing++
      const player = new SimPlayer({ time: this.#time, peer, title }, each, { speed, isWarm })
      const play = await player.run(heard.has(each.title))
      this.plays.push(play)
      this.#stalls += play.stalls
      heard.add(each.title)
      this.#playing--
    }
  }

  async #sample (): Promise<void> {
    for (let toldMs = 0; !this.#isOver; await this.#time.sleep(SAMPLE_MS)) {
      const { elapsedMs } = this.#time
      const sample = sampleOf(this.#network, {
        atMs: elapsedMs, playing: this.#playing, stalls: this.#stalls
      })
      this.samples.push(sample)
      if (elapsedMs >= toldMs) {
        toldMs = elapsedMs + PROGRESS_MS
        const { scenario, onProgress } = this.#init
        onProgress?.(`${scenario}: ${elapsedMs / 1000} s, ${this.plays.length} plays ended`)
      }
    }
  }
}
