/**
 * What a neighbour told of its blocks, on the channels we opened.
 * in: INTERESTs of ours, its HAVEs. out: answers to "who holds this block", bounded in memory.
 */

import type { CID } from 'multiformats/cid'
import { InvalidMessageError, PeerGoneError } from '../errors.ts'
import { MAX_CHANNELS, MAX_HOLDINGS_BYTES, MAX_RENDITIONS } from '../limits.ts'
import { BlockSet, ByteBudget } from './block-set.ts'
import type { Body } from './message.ts'

export type BlockState = 'have' | 'loading' | 'missing' | 'unknown'

interface Told {
  held: BlockSet
  loading: BlockSet
}

export interface Channel {
  readonly number: number
  readonly content: CID
  /** Resolves when the neighbour has told what it holds; rejects when it left before. */
  readonly told: Promise<void>
}

interface OpenChannel extends Channel {
  resolve: () => void
  reject: (error: Error) => void
  renditions: Map<string, Told>
  isTold: boolean
}

export class RemoteHoldings {
  readonly #budget = new ByteBudget(MAX_HOLDINGS_BYTES)
  /** By content; the one asked for longest ago stands first. */
  readonly #byContent = new Map<string, OpenChannel>()
  readonly #byNumber = new Map<number, OpenChannel>()
  #last = 0

  /** True while there is a channel. */
  get isFollowing (): boolean {
    return this.#byContent.size > 0
  }

  /** The channel for a title that is open already. */
  find (content: CID): Channel | undefined {
    return this.#byContent.get(content.toString())
  }

  /** A new channel, and the one that was closed to make room for it. */
  open (content: CID): { opened: Channel, closed: Channel | undefined } {
    const closed = this.#byContent.size < MAX_CHANNELS ? undefined : this.#oldest()
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    // Nobody may be waiting any more when it rejects.
    promise.catch(() => {})
    const opened: OpenChannel = {
      number: ++this.#last, content, told: promise, isTold: false, resolve, reject,
      renditions: new Map()
    }
    this.#byContent.set(content.toString(), opened)
    this.#byNumber.set(opened.number, opened)
    return { opened, closed }
  }

  /** Marks a channel as in use, so that others are closed before it. */
  touch (content: CID): void {
    const key = content.toString()
    const channel = this.#byContent.get(key)
    if (channel != null) {
      this.#byContent.delete(key)
      this.#byContent.set(key, channel)
    }
  }

  /**
   * Takes a HAVE. Returns the title it speaks of, undefined for a channel closed meanwhile.
   *
   * @throws InvalidMessageError for a channel never opened or too many renditions
   */
  take (have: Body<'have'>): CID | undefined {
    const channel = this.#byNumber.get(have.channel)
    if (channel == null) {
      if (have.channel === 0 || have.channel > this.#last) {
        throw new InvalidMessageError(`HAVE on channel ${have.channel}, which was never opened`)
      }
      return undefined
    }
    if (have.first) {
      forget(channel)
    }
    if (have.rendition !== '') {
      remember(have, this.#rendition(channel, have.rendition))
    }
    if (have.last) {
      channel.isTold = true
      channel.resolve()
    }
    return channel.content
  }

  /** Blocks of the HAVE that the neighbour had, and has no more: to be asked before it is taken. */
  lostBy ({ channel, rendition, gone }: Body<'have'>): number[] {
    const held = this.#byNumber.get(channel)?.renditions.get(rendition)?.held
    return held == null ? [] : gone.filter(block => held.has(block))
  }

  holds (content: CID, rendition: string, block: number): BlockState {
    const channel = this.#byContent.get(content.toString())
    if (channel?.isTold !== true) {
      return 'unknown'
    }
    const told = channel.renditions.get(rendition)
    if (told?.held.has(block) === true) {
      return 'have'
    }
    return told?.loading.has(block) === true ? 'loading' : 'missing'
  }

  holdsAny (content: CID): boolean | undefined {
    const { renditions, isTold } = this.#byContent.get(content.toString()) ?? {}
    const holds = [...renditions?.values() ?? []].some(({ held }) => held.size > 0)
    return holds || (isTold === true ? false : undefined)
  }

  close (cause?: Error): void {
    for (const channel of this.#byContent.values()) {
      channel.reject(new PeerGoneError('the neighbour left before it told what it has', { cause }))
    }
    this.#byContent.clear()
    this.#byNumber.clear()
  }

  /** Closes the channel for a title, if there is one, and returns it. */
  release (content: CID): Channel | undefined {
    return this.#end(content.toString(), 'the channel was closed')
  }

  #oldest (): Channel | undefined {
    const [key] = this.#byContent.keys()
    return this.#end(key!, 'the channel was closed to make room for another')
  }

  #end (key: string, reason: string): Channel | undefined {
    const channel = this.#byContent.get(key)
    if (channel != null) {
      this.#byContent.delete(key)
      this.#byNumber.delete(channel.number)
      forget(channel)
      channel.reject(new PeerGoneError(reason))
    }
    return channel
  }

  #rendition (channel: OpenChannel, name: string): Told {
    let told = channel.renditions.get(name)
    if (told == null) {
      if (channel.renditions.size >= MAX_RENDITIONS) {
        throw new InvalidMessageError(`HAVE of more than ${MAX_RENDITIONS} renditions`)
      }
      told = { held: new BlockSet(this.#budget), loading: new BlockSet(this.#budget) }
      channel.renditions.set(name, told)
    }
    return told
  }
}

/** What does not fit in the budget is not kept: the neighbour is asked for less, nothing breaks. */
function remember (have: Body<'have'>, { held, loading }: Told): void {
  held.addAll(have.base, have.bitfield)
  for (const block of have.held) {
    held.add(block)
    loading.delete(block)
  }
  for (const block of have.loading) {
    loading.add(block)
  }
  for (const block of have.gone) {
    held.delete(block)
    loading.delete(block)
  }
}

function forget (channel: OpenChannel): void {
  for (const { held, loading } of channel.renditions.values()) {
    held.clear()
    loading.clear()
  }
  channel.renditions.clear()
}
