/**
 * The neighbours who want the same title at the same time.
 * in: who told us that it is interested. out: whose a block is to fetch from a server, and whether
 * one of them has it or is getting it.
 */

import type { PeerId } from '@libp2p/interface'
import type { CID } from 'multiformats/cid'
import type { Exchange, Neighbour } from '../../protocols/exchange/index.ts'
import type { PenaltyBook } from '../routing/index.ts'
import { type Member, memberOf, ownerOf } from './share.ts'
import type { BlockWant, Claim } from './types.ts'

export interface CrowdComponents {
  /** Our own. */
  peerId: PeerId
  exchange: Pick<Exchange, 'neighbours'>
  penalties: Pick<PenaltyBook, 'isBlocked'>
}

export class Crowd {
  readonly #components: CrowdComponents
  readonly #self: Member
  readonly #members = new WeakMap<Neighbour, Member>()

  constructor (components: CrowdComponents) {
    this.#components = components
    this.#self = memberOf(components.peerId.toString())
  }

  /** Undefined while nobody else is there: then every block is ours to get. */
  claim ({ content, cid }: Pick<BlockWant, 'cid' | 'content'>): Claim | undefined {
    const others = content == null ? [] : this.#others(content)
    if (others.length === 0) {
      return undefined
    }
    return ownerOf([this.#self, ...others], cid) === this.#self.id ? 'ours' : 'theirs'
  }

  /** True when a neighbour has the block, or is getting it. */
  has ({ content, rendition, number }: BlockWant): boolean {
    if (content == null || rendition == null || number == null) {
      return false
    }
    for (const neighbour of this.#components.exchange.neighbours()) {
      const said = neighbour.hello.role === 'peer' && neighbour.holds(content, rendition, number)
      if (said === 'have' || said === 'loading') {
        return true
      }
    }
    return false
  }

  /** Who fails, or is banned, has no say in who fetches what. */
  #others (content: CID): Member[] {
    const { exchange, penalties } = this.#components
    return [...exchange.neighbours()]
      .filter(neighbour => neighbour.hello.role === 'peer' && neighbour.isInterested(content))
      .map(neighbour => this.#member(neighbour))
      .filter(({ id }) => !penalties.isBlocked(id))
  }

  #member (neighbour: Neighbour): Member {
    const known = this.#members.get(neighbour) ?? memberOf(neighbour.peer.toString())
    this.#members.set(neighbour, known)
    return known
  }
}
