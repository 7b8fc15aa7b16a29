/**
 * What we tell a neighbour of our blocks, on the channels it opened.
 * in: its INTERESTs, our inventory's changes. out: HAVEs, made only when the stream has room.
 */

import type { CID } from 'multiformats/cid'
import { InvalidMessageError } from '../errors.ts'
import { MAX_BITFIELD_BYTES, MAX_CHANNELS, MAX_DELTA_BLOCKS } from '../limits.ts'
import type { Body } from './message.ts'
import type { Inventory, InventoryChange } from './types.ts'

type Have = Partial<Body<'have'>>

/** Changes kept for a neighbour that is slow to read; with more, all is told anew instead. */
const MAX_CHANGES = 4 * MAX_DELTA_BLOCKS

interface Channel {
  number: number
  content: CID
  /** HAVEs of the state when the channel was opened, still to be sent. */
  state: Iterator<Have> | undefined
  changes: Map<string, Map<number, InventoryChange['state']>>
  changed: number
}

/** When a change is to be told: a neighbour that waits for it should not wait for other news. */
export type Urgency = 'never' | 'soon' | 'now'

export class HoldingsFeed {
  readonly #inventory: Inventory
  readonly #channels = new Map<number, Channel>()

  constructor (inventory: Inventory) {
    this.#inventory = inventory
  }

  /** The title of a channel. */
  content (channel: number): CID | undefined {
    return this.#channels.get(channel)?.content
  }

  /** @throws InvalidMessageError when the channel is open already, or one too many */
  open (number: number, content: CID): void {
    if (number === 0 || this.#channels.has(number)) {
      throw new InvalidMessageError(`INTEREST in channel ${number}, which cannot be opened`)
    }
    if (this.#channels.size >= MAX_CHANNELS) {
      throw new InvalidMessageError(`more than ${MAX_CHANNELS} channels`)
    }
    const state = this.#wholeState(content)
    this.#channels.set(number, { number, content, state, changes: new Map(), changed: 0 })
  }

  /** True while the neighbour has a channel for any title. */
  get isFollowed (): boolean {
    return this.#channels.size > 0
  }

  /** True while the neighbour has a channel for the title. */
  has (content: CID): boolean {
    return [...this.#channels.values()].some(channel => channel.content.equals(content))
  }

  close (number: number): void {
    this.#channels.delete(number)
  }

  /** Notes a change to be told: never, when no channel is about it. */
  note (change: InventoryChange): Urgency {
    let urgency: Urgency = 'never'
    for (const channel of this.#channels.values()) {
      if (channel.content.equals(change.content)) {
        urgency = change.state === 'loading' || change.isAwaited === true ? 'now' : 'soon'
        this.#noteOn(channel, change)
      }
    }
    return urgency
  }

  /** All is told anew, on every channel. */
  restart (): void {
    this.#channels.forEach(channel => { this.#begin(channel) })
  }

  /** The next HAVE to send, undefined when all is told. */
  next (): Have | undefined {
    for (const channel of this.#channels.values()) {
      const have = nextOf(channel)
      if (have != null) {
        return { ...have, channel: channel.number }
      }
    }
    return undefined
  }

  #noteOn (channel: Channel, { rendition, block, state }: InventoryChange): void {
    const blocks = channel.changes.get(rendition) ?? new Map<number, InventoryChange['state']>()
    channel.changes.set(rendition, blocks)
    channel.changed += blocks.has(block) ? 0 : 1
    blocks.set(block, state)
    if (channel.changed > MAX_CHANGES) {
      this.#begin(channel)
    }
  }

  #begin (channel: Channel): void {
    channel.changes.clear()
    channel.changed = 0
    channel.state = this.#wholeState(channel.content)
  }

  /** Read when the first HAVE is asked for, so that an INTEREST alone costs nothing. */
  * #wholeState (content: CID): Generator<Have, undefined> {
    let first = true
    for (const { rendition, base, bitfield } of this.#inventory.holdings(content)) {
      for (let at = 0; at < bitfield.byteLength; at += MAX_BITFIELD_BYTES) {
        const part = bitfield.subarray(at, at + MAX_BITFIELD_BYTES)
        yield { rendition, base: base + at * 8, bitfield: part, first }
        first = false
      }
    }
    for (const { rendition, blocks } of this.#inventory.pending?.(content) ?? []) {
      yield { rendition, loading: blocks.slice(0, MAX_DELTA_BLOCKS), first }
      first = false
    }
    yield { first, last: true }
  }
}

function nextOf (channel: Channel): Have | undefined {
  const { done, value } = channel.state?.next() ?? { done: true, value: undefined }
  if (done !== true) {
    return value
  }
  channel.state = undefined
  for (const [rendition, blocks] of channel.changes) {
    const have = { rendition, held: [] as number[], loading: [] as number[], gone: [] as number[] }
    const lists = { have: have.held, loading: have.loading, missing: have.gone }
    for (const [block, state] of blocks) {
      if (lists[state].push(block) === MAX_DELTA_BLOCKS) {
        break
      }
    }
    for (const block of [...have.held, ...have.loading, ...have.gone]) {
      blocks.delete(block)
    }
    if (blocks.size === 0) {
      channel.changes.delete(rendition)
    }
    channel.changed -= have.held.length + have.loading.length + have.gone.length
    return have
  }
  return undefined
}
