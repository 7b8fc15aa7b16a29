/**
 * A node of the exchange for tests: blocks in memory, and all that a test may want to set.
 */

import type { ComponentLogger, Logger } from '@libp2p/interface'
import type { CID } from 'multiformats/cid'
import { cidOf } from '../../../protocols/cid.ts'
import {
  type Exchange, type ExchangeComponents, type ExchangeHost, type ExchangeInit, exchange,
  type Holding, type Inventory, type InventoryChange, Ledger, type Loading, type ServingLimits
} from '../../../protocols/exchange/index.ts'
import { sha256 } from '../../../protocols/sha256.ts'

export class MemoryInventory implements Inventory {
  readonly events = new EventTarget()
  readonly blocks = new Map<string, Uint8Array>()
  readonly holdingsOf = new Map<string, Holding[]>()
  readonly pendingOf = new Map<string, Loading[]>()
  /** Waited for before each block is given. */
  gate: Promise<void> = Promise.resolve()
  reads = 0
  pendingReads = 0

  async add (bytes: Uint8Array): Promise<CID> {
    const cid = await cidOf(bytes, sha256)
    this.blocks.set(cid.toString(), bytes)
    return cid
  }

  async get (cid: CID): Promise<Uint8Array | undefined> {
    this.reads++
    this.pendingReads++
    await this.gate
    this.pendingReads--
    return this.blocks.get(cid.toString())
  }

  holdings (content: CID): Holding[] {
    return this.holdingsOf.get(content.toString()) ?? []
  }

  pending (content: CID): Loading[] {
    return this.pendingOf.get(content.toString()) ?? []
  }

  change (detail: InventoryChange): void {
    this.events.dispatchEvent(new CustomEvent('change', { detail }))
  }
}

const quiet: Logger = Object.assign(() => {}, {
  enabled: false, error: () => {}, trace: () => {}, newScope: () => quiet
})
export const silent: ComponentLogger = { forComponent: () => quiet }

export interface SampleNode<H extends ExchangeHost> {
  host: H
  inventory: MemoryInventory
  limits: ServingLimits
  ledger: Ledger
  exchange: Exchange
}

export function sampleNode<H extends ExchangeHost> (
  host: H, init: Partial<ExchangeInit> = {}, more: Partial<ExchangeComponents> = {}
): SampleNode<H> {
  const inventory = new MemoryInventory()
  const limits = { uploadBytesPerSecond: 0, parallelTransfers: 32, events: new EventTarget() }
  const ledger = new Ledger({ clock: Date.now })
  const made = exchange({ network: 'test', role: 'peer', region: 'eu', haveDelayMs: 1, ...init })
  const components = { host, inventory, limits, ledger, logger: silent, ...more }
  return { host, inventory, limits, ledger, exchange: made(components) }
}

/** Bytes that tell their place: what is cut or put in the wrong order is seen. */
export function sampleBytes (size: number, seed = 1): Uint8Array {
  const words = new Uint32Array(Math.ceil(size / 4))
  for (let index = 0, word = seed; index < words.length; index++) {
    word = (Math.imul(word, 1664525) + 1013904223) >>> 0
    words[index] = word
  }
  return new Uint8Array(words.buffer, 0, size)
}

/** Resolves when `isTrue`, asked again and again without blocking. */
export async function eventually (
  isTrue: () => boolean, what: string, timeoutMs = 2000
): Promise<void> {
  const endMs = performance.now() + timeoutMs
  while (!isTrue()) {
    if (performance.now() > endMs) {
      throw new Error(`${what}: not within ${timeoutMs} ms`)
    }
    await new Promise(resolve => { setTimeout(resolve, 1) })
  }
}

/** What a promise rejects with. */
export async function failureOf (promise: Promise<unknown>): Promise<Error> {
  return await promise.then(
    () => { throw new Error('it did not fail') },
    (error: Error) => error
  )
}
