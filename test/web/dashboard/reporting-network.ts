/**
 * A network that is made up, whose nodes sign and report: they play one title at 128 kbit/s, seven
 * tenths of it from each other, and hold it up to where they are.
 */

import PQueue from 'p-queue'
import type { SyntheticNode } from '../topology/synthetic-network.ts'
import { type BootstrapRig, bootstrapWith, post } from '../topology/bootstrap-rig.ts'
import { contentNamed } from '../../protocols/tracker/nodes.ts'
import {
  encodeReport, type NodeReport, noCounts, START_CLASSES, startClass
} from '../../../protocols/tracker/index.ts'

export const PLAYED = contentNamed('played')
export const BLOCKS = 200
const RENDITION = '128k'
const PARTS = 64
/** What a listener is given between two reports, at 16 bytes a millisecond. */
export const GIVEN_BYTES = 96_000
const MEDIA_MS = GIVEN_BYTES / 16
const AGE_MS = 60_000
const MAX_STEPS = 10_000

export class ReportingNetwork {
  readonly rig: BootstrapRig
  readonly #sinceMs = Date.now() - AGE_MS
  #rounds = 0

  private constructor (rig: BootstrapRig) {
    this.rig = rig
  }

  static async open (size: number, stepMs: number): Promise<ReportingNetwork> {
    // However long a test takes.
    return new ReportingNetwork(await bootstrapWith(size, { stepMs, maxSteps: MAX_STEPS }))
  }

  get nodes (): SyntheticNode[] { return this.rig.nodes }

  async close (): Promise<void> { await this.rig.stop() }

  /** Everybody plays on, and says so. */
  async playOn (): Promise<void> {
    this.#rounds++
    const queue = new PQueue({ concurrency: 8 })
    await queue.addAll(this.nodes.map((node, i) => async () => {
      if (this.#rounds === 1) await this.#announce(node, i)
      await this.report(node, this.#reportOf(node, i))
    }))
  }

  /** One node says whatever it likes. */
  async report ({ signer }: SyntheticNode, report: NodeReport): Promise<void> {
    await post(`${this.rig.url}/heartbeat`, 'POST', await signer.heartbeat(encodeReport(report)))
  }

  async #announce ({ signer, description: { role } }: SyntheticNode, i: number): Promise<void> {
    const held = role === 'peer' ? Math.round(BLOCKS * reach(i)) : BLOCKS
    const renditions = [{ rendition: RENDITION, held, blocks: BLOCKS }]
    const envelope = await signer.announce([{ content: PLAYED, renditions }])
    await post(`${this.rig.url}/announce`, 'POST', envelope)
  }

  #reportOf ({ description: { role } }: SyntheticNode, i: number): NodeReport {
    const given = this.#rounds * GIVEN_BYTES
    const counts = role === 'peer'
      ? {
          local: given,
          peer: 0.7 * given,
          edge: 0.25 * given,
          origin: 0.05 * given,
          given,
          uploaded: given * (i % 10) / 7,
          mediaMs: this.#rounds * MEDIA_MS,
          mediaBytes: given,
          ...(i % 16 === 0 && { stalls: 1, stalledMs: 750 })
        }
      : role === 'edge'
        ? { local: 9 * given, origin: given, given, sent: 5 * given }
        : { sent: 20 * given, uploaded: 0 }
    const starts = Array.from({ length: START_CLASSES }, () => 0)
    if (role === 'peer') starts[startClass(i % 20 === 0 ? 1_200 : 60 + i % 60)] = 1
    const parts = Uint8Array.from({ length: PARTS }, (_, part) =>
      Math.round(255 * Math.max(0, Math.min(1, reach(i) * PARTS - part))))
    return {
      sinceMs: this.#sinceMs,
      counts: { ...noCounts(), ...counts },
      starts,
      holds: role === 'peer' ? [{ content: PLAYED, rendition: RENDITION, parts }] : []
    }
  }
}

/** How far a listener is, as a share of the title. */
const reach = (i: number): number => 0.05 + 0.9 * (i * 37 % 100) / 100
