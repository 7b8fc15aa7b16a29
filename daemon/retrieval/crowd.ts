/**
 * Those who want the same title at the same time.
 * in: neighbours that told us of their interest, peers that a tracker told of. out: whose turn a
 * block is to fetch from a server, and whether a neighbour has it or is getting it.
 */

import type { PeerId } from '@libp2p/interface'
import type { CID } from 'multiformats/cid'
import type { Exchange, Neighbour } from '../../protocols/exchange/index.ts'
import type { PenaltyBook } from '../routing/index.ts'
import { type Member, memberOf, turnOf } from './share.ts'
import type { BlockWant } from './types.ts'

export interface CrowdComponents {
  /** Our own. */
  peerId: PeerId
  /** Our own; absent: there is but one. */
  region?: string
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

  /**
   * How many come before us, of the neighbours and those told of; undefined while nobody else is
   * there.
   */
  claim (
    { content, cid }: Pick<BlockWant, 'cid' | 'content'>, told: Iterable<Member> = []
  ): number | undefined {
    if (content == null) {
      return undefined
    }
    const others = this.#others(content, told)
    return others.length === 0 ? undefined : turnOf(this.#self, others, cid)
  }

  /** The same of those in our region: whose turn it is to bring the block there. */
  claimInRegion (
    { content, cid }: Pick<BlockWant, 'cid' | 'content'>, told: Iterable<Member> = []
  ): number | undefined {
    const { region } = this.#components
    if (content == null || region == null) {
      return undefined
    }
    const others = this.#others(content, told).filter(member => member.region === region)
    return others.length === 0 ? undefined : turnOf(this.#self, others, cid)
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
  #others (content: CID, told: Iterable<Member>): Member[] {
    const { exchange, penalties } = this.#components
    const members = new Map([...told].map(member => [member.id, member]))
    for (const neighbour of exchange.neighbours()) {
      const member = this.#member(neighbour)
      // What a neighbour says itself is news; what was told of it may be old.
      if (neighbour.hello.role === 'peer' && neighbour.isInterested(content)) {
        members.set(member.id, member)
      } else {
        members.delete(member.id)
      }
    }
    return [...members.values()].filter(({ id }) => !penalties.isBlocked(id))
  }

  #member (neighbour: Neighbour): Member {
    const known = this.#members.get(neighbour) ??
      memberOf(neighbour.peer.toString(), neighbour.hello.region)
    this.#members.set(neighbour, known)
    return known
  }
}
