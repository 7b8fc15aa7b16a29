/**
 * What we do for one neighbour: serve the blocks it wants or pass its WANTs on, tell it what we
 * hold.
 * in: its INTEREST, WANT and CANCEL, our inventory's changes. out: HAVE, DATA, MISSING, BUSY and
 * UNREACHABLE.
 */

import type { CID } from 'multiformats/cid'
import { decodeCid } from '../cid.ts'
import type { Clock, Random } from '../clock.ts'
import { InvalidMessageError } from '../errors.ts'
import { MAX_ADDRESS_LENGTH, MAX_PROVIDERS } from '../limits.ts'
import { Flight } from './flight.ts'
import { HoldingsFeed } from './holdings-feed.ts'
import type { Account } from './ledger.ts'
import type { Link } from './link.ts'
import type { Body } from './message.ts'
import type { Passage, RelayClient } from './passage.ts'
import type { Relay } from './relay.ts'
import type { Client, Seat } from './seat.ts'
import type { Server } from './server.ts'
import type { ServingClass } from './turns.ts'
import type { Holding, Inventory, InventoryChange } from './types.ts'
import { DIRECT_SOON_MS } from './until-direct.ts'

export interface ServiceInit {
  link: Link
  server: Server
  relay: Relay
  account: Account
  /** Its ID. */
  id: string
  rttMs: () => number | undefined
  /** Reached through a relay, whose connections carry no blocks. */
  isLimited: boolean
  isOnLan: boolean
  /** Known after HELLO, before anything is asked of us. */
  servingClass: () => ServingClass
  inventory: Inventory
  now: Clock
  random: Random
  /** Multiaddrs of peers that may have a title, for BUSY. */
  alternatives: (content: CID) => string[]
  /** How long changes of the inventory are collected before they are told. */
  haveDelayMs: number
  /** True for a block that is no news to the neighbour, since it has it itself. */
  hasItself: (place: Pick<InventoryChange, 'content' | 'rendition' | 'block'>) => boolean
}

export class Service {
  readonly #init: ServiceInit
  readonly #feed: HoldingsFeed
  readonly #flight: Flight
  readonly #passage: Passage
  #joined: Seat | undefined
  #isServing = true
  #telling: ReturnType<typeof setTimeout> | undefined
  /** WANTs the neighbour may still cancel. */
  #cancellable = 0

  constructor (init: ServiceInit) {
    this.#init = init
    const { link, server } = init
    this.#flight = new Flight({
      now: init.now,
      random: init.random,
      rttMs: init.rttMs,
      line: server.lineTo(init),
      ping: nonce => { link.send('ping', { nonce }) }
    })
    this.#feed = new HoldingsFeed(this.#told())
    this.#passage = init.relay.join(this.#relayClient())
  }

  interest ({ channel, content, closed }: Body<'interest'>): void {
    if (closed) {
      this.#feed.close(channel)
    } else {
      this.#feed.open(channel, wireCid(content))
      this.pump()
    }
  }

  /** @throws InvalidMessageError */
  want (body: Body<'want'>): void {
    const { server, now } = this.#init
    const { id, channel, size, offset, priority, route, keeper } = body
    const deadlineMs = body.deadlineMs === 0 ? Infinity : now() + body.deadlineMs
    if (body.again) {
      this.#passage.raise({ id, priority, deadlineMs })
      server.raise(this.#seat, { id, priority, deadlineMs })
      return
    }
    if (this.#passage.has(id) || this.#seat.has(id)) {
      throw new InvalidMessageError(`a second WANT with id ${id}`)
    }
    this.#cancellable++
    if (this.#init.isLimited) {
      this.#init.link.send('busy', { id, retryAfterMs: DIRECT_SOON_MS, providers: [] })
      return
    }
    const named = body.content.byteLength === 0 ? undefined : wireCid(body.content)
    const content = this.#feed.content(channel) ?? named
    const want = { id, cid: wireCid(body.cid), content, size, offset, priority, deadlineMs }
    if (route.length > 1 && this.#isServed) {
      this.#passage.pass({ ...want, route, keeper })
    } else {
      server.want(this.#seat, want)
    }
  }

  /** A CANCEL may cross its answer; more CANCELs than WANTs are a fault. */
  cancel ({ id }: Body<'cancel'>): void {
    if (--this.#cancellable < 0) {
      throw new InvalidMessageError('more CANCELs than WANTs')
    }
    this.#passage.done(id)
    this.#init.server.cancel(this.#seat, id)
  }

  /** True while the neighbour has a channel for the title. */
  isInterested (content: CID): boolean {
    return this.#feed.has(content)
  }

  /** True while the neighbour has a channel for any. */
  get isFollowed (): boolean {
    return this.#feed.isFollowed
  }

  /** The limits changed, and with them perhaps whether we serve at all. */
  adapt (): void {
    if (this.#isServing !== this.#isServed) {
      this.#isServing = this.#isServed
      this.#feed.restart()
      this.pump()
    }
  }

  /** Our inventory changed: told soon, with what else changes until then; at once if waited for. */
  changed (change: InventoryChange): void {
    const isNews = change.state === 'missing' || !this.#init.hasItself(change)
    const urgency = this.#isServed && isNews ? this.#feed.note(change) : 'never'
    if (urgency === 'now') {
      this.pump()
    } else if (urgency === 'soon') {
      this.#telling ??= setTimeout(() => {
        this.#telling = undefined
        this.pump()
      }, this.#init.haveDelayMs)
    }
  }

  /** The neighbour has lost these: that we hold some is news again. */
  lost (content: CID, rendition: string, blocks: readonly number[]): void {
    const holdings = this.#init.inventory.holdings(content)
    for (const block of blocks) {
      if (isHeld(holdings, rendition, block)) {
        this.changed({ content, rendition, block, state: 'have' })
      }
    }
  }

  /** What we hold goes before block bytes: it is small, and saves the neighbour asking others. */
  pump (): void {
    const { link, server } = this.#init
    while (link.isWritable) {
      const have = this.#feed.next()
      if (have == null) {
        break
      }
      link.send('have', have)
    }
    server.pump()
  }

  /** False when it answers none of our PINGs behind DATA. @throws InvalidMessageError */
  pong (nonce: number): boolean {
    const isOurs = this.#flight.pong(nonce)
    if (isOurs) this.pump()
    return isOurs
  }

  close (): void {
    clearTimeout(this.#telling)
    this.#flight.close()
    this.#passage.close()
    if (this.#joined != null) {
      this.#init.server.leave(this.#joined)
    }
  }

  get #isServed (): boolean {
    return this.#init.server.serves(this.#init.servingClass())
  }

  /** What is not served is not claimed: each block asked for would cost a round trip in vain. */
  #told (): Inventory {
    const { inventory } = this.#init
    return {
      events: inventory.events,
      get: async (cid, options) => await inventory.get(cid, options),
      holdings: content => this.#isServed ? inventory.holdings(content) : [],
      pending: content => this.#isServed ? inventory.pending?.(content) ?? [] : []
    }
  }

  get #seat (): Seat {
    this.#joined ??= this.#init.server.join(this.#client())
    return this.#joined
  }

  #client (): Client {
    const { link, server, account, id, servingClass, alternatives } = this.#init
    const flight = this.#flight
    const line = server.lineTo(this.#init)
    return {
      id,
      servingClass: servingClass(),
      balance: account,
      get isWritable () { return !flight.isStuck && link.isWritable },
      get roomBytes () { return line.roomBytes },
      data: (id, offset, total, payload) => {
        account.took(payload.byteLength)
        link.send('data', { id, offset, total }, payload)
        flight.sent(payload.byteLength)
        if (offset + payload.byteLength >= total) this.#passage.done(id)
      },
      missing: id => {
        link.send('missing', { id })
        this.#passage.done(id)
      },
      busy: (id, retryAfterMs, { content }, named) => {
        const known = named ?? (content == null ? [] : alternatives(content))
        const providers = known.filter(isShort).slice(0, MAX_PROVIDERS)
        link.send('busy', { id, retryAfterMs, providers })
        this.#passage.done(id)
      }
    }
  }

  #relayClient (): RelayClient {
    const { link, server, id, rttMs } = this.#init
    return {
      id,
      get rttMs () { return rttMs() },
      answer: (want, block) => { server.want(this.#seat, { ...want, block }) },
      missing: id => { link.send('missing', { id }) },
      busy: (id, ms, want, named) => { this.#seat.client.busy(id, ms, want, named) },
      drop: want => {
        server.cancel(this.#seat, want.id)
        this.#seat.client.busy(want.id, 0, want, [])
      },
      unreachable: (id, obstacle) => { link.send('unreachable', { id, ...obstacle }) }
    }
  }
}

function isHeld (holdings: readonly Holding[], rendition: string, block: number): boolean {
  return holdings.some(({ rendition: name, base, bitfield }) => {
    const bit = block - base
    return name === rendition && bit >= 0 && ((bitfield[bit >> 3] ?? 0) >> (bit & 7) & 1) === 1
  })
}

const isShort = (address: string): boolean => address.length <= MAX_ADDRESS_LENGTH

/** Copied, so that what is kept does not keep the stream's chunk. @throws InvalidMessageError */
function wireCid (bytes: Uint8Array): CID {
  try {
    return decodeCid(bytes.slice())
  } catch (cause) {
    throw new InvalidMessageError('a frame that names no CID', { cause })
  }
}
