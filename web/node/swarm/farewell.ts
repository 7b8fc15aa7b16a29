/**
 * A page's leave, signed ahead of time: a page that closes can send, but has no time to sign.
 * in: the page's key. out: an envelope for each bootstrap when the page goes.
 */

import type { PrivateKey } from '@libp2p/interface'
import { NodeSigner, type NodeSignerComponents } from '../../../protocols/tracker/signer.ts'

export interface FarewellComponents {
  privateKey: PrivateKey
  describe: NodeSignerComponents['describe']
  /** URLs of bootstraps. */
  bases: readonly string[]
  /** When the page goes, before the farewell is sent. */
  onGone: () => void
}

/**
 * It is dated ahead, so that what is said until it is renewed counts as older; trackers take twice
 * as much.
 */
const AHEAD_MS = 60_000
const RENEW_MS = 30_000

export class Farewell {
  readonly #components: FarewellComponents
  readonly #signer: NodeSigner
  #envelope: Uint8Array | undefined
  #renewing: ReturnType<typeof setInterval> | undefined

  constructor (components: FarewellComponents) {
    const { privateKey, describe } = components
    this.#components = components
    this.#signer = new NodeSigner({ privateKey, describe, clock: () => Date.now() + AHEAD_MS })
  }

  async start (): Promise<void> {
    if (this.#renewing != null) return
    this.#renewing = setInterval(() => { void this.#renew() }, RENEW_MS)
    addEventListener('pagehide', this.#say)
    await this.#renew()
  }

  stop (): void {
    clearInterval(this.#renewing)
    this.#renewing = undefined
    removeEventListener('pagehide', this.#say)
  }

  async #renew (): Promise<void> {
    this.#envelope = await this.#signer.leave()
  }

  readonly #say = (): void => {
    const { bases, onGone } = this.#components
    if (this.#envelope != null) {
      const body = new Blob([new Uint8Array(this.#envelope)], { type: 'text/plain' })
      for (const base of bases) navigator.sendBeacon(`${base}/farewell`, body)
    }
    onGone()
  }
}
