/**
 * Who can be named to those sent away.
 * in: the neighbours on exchange, what they said they hold, the addresses they signed. out: those
 * that hold a block now, with multiaddrs that end in /p2p/ID.
 *
 * A neighbour is live: it answers PING, and what it holds is told as it changes. Those that only a
 * tracker names are dialled first (`seek`), so that nobody is sent to the dead.
 */

import { LRUCache } from 'lru-cache'
import type { CID } from 'multiformats/cid'
import type { Clock } from '../../protocols/clock.ts'
import type { SwitchParts } from '../../daemon/node-switch.ts'
import type { Asked } from '../../protocols/exchange/index.ts'
import type { Providers } from './switch.ts'

type BlockPlace = ReturnType<SwitchParts['holdings']['places']>[number]

export interface LiveProvidersComponents extends SwitchParts {
  clock: Clock
}

/** Between two looks for where a title's blocks stand. */
const LEARN_MS = 5_000
const MAX_LEARNT = 1024
const SERVERS: readonly string[] = ['origin', 'bootstrap']

export class LiveProviders implements Providers {
  readonly #components: LiveProvidersComponents
  /** When each title was last looked into. */
  readonly #learntMs = new LRUCache<string, number>({ max: MAX_LEARNT })

  constructor (components: LiveProvidersComponents) {
    this.#components = components
  }

  /**
   * Of root, pages and init sections, which have no bit, those that hold anything of the title. Of
   * a title that was not looked into nobody is known to hold the one block that is asked for.
   */
  holders ({ cid, also = [], content, asker }: Asked): Array<readonly string[]> {
    const { exchange, holdings, addressesOf } = this.#components
    if (content == null || cid == null || holdings.completeness(content).length === 0) return []
    const blocks = [cid, ...also].map(block => holdings.places(content, block))
    return [...exchange.neighbours()].flatMap(neighbour => {
      const { peer, hello: { role } } = neighbour
      const holds = (places: BlockPlace[]): boolean => places.length === 0
        ? neighbour.holdsAny(content) === true
        : places.some(({ rendition, block }) =>
          neighbour.holds(content, rendition, block) === 'have')
      if (SERVERS.includes(role) || peer.toString() === asker || !blocks.every(holds)) return []
      const addresses = addressesOf(neighbour)
      return addresses.length === 0 ? [] : [addresses]
    })
  }

  isHere ({ cid, also = [] }: Asked): boolean {
    const { store } = this.#components
    return cid == null || [cid, ...also].every(block => store.has(block))
  }

  follow ({ content, cid }: Asked): void {
    if (content == null || cid == null) return
    const { peers, holdings } = this.#components
    peers.seek(content)
    if (holdings.places(content, cid).length === 0) this.#learn(content)
  }

  /** An edge passes blocks on by their names; where they stand is in the pages it has cached. */
  #learn (content: CID): void {
    const { holdings, clock } = this.#components
    const key = content.toString()
    const nowMs = clock()
    if (nowMs - (this.#learntMs.get(key) ?? -Infinity) < LEARN_MS) return
    this.#learntMs.set(key, nowMs)
    // Its root is not here yet: until it is, whoever holds anything of the title is named.
    holdings.adopt(content).catch(() => {})
  }
}
