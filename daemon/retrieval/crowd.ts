/**
 * Those who want the same title at the same time.
 * in: neighbours that told us of their interest, peers that a tracker told of. out: whose turn a
 * block is to fetch from a server, and whether a neighbour has it or is getting it.
 */

import type { PeerId } from '@libp2p/interface'
import type { CID } from 'multiformats/cid'
import type { Exchange, Neighbour } from '../../protocols/exchange/index.ts'
import type { PenaltyBook } from '../routing/index.ts'
import { type Member, memberOf, precedence } from './share.ts'
import type { BlockWant, Claims } from './types.ts'

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
   * How many come before us, of the neighbours and those told of, and how many of those in our
   * region, whose turn it is to bring the block there; absent while nobody else is there.
   */
  claims (
    { content, cid }: Pick<BlockWant, 'cid' | 'content'>, told: Iterable<Member> = []
  ): Claims {
    const { region } = this.#components
    const isBefore = precedence(this.#self, cid)
    const [all, near] = [{ others: 0, before: 0 }, { others: 0, before: 0 }]
    for (const other of content == null ? [] : this.#others(content, told)) {
      const before = Number(isBefore(other))
      for (const group of region != null && other.region === region ? [all, near] : [all]) {
        group.others++
        group.before += before
      }
    }
    return {
      ...(all.others > 0 && { claim: all.before }),
      ...(near.others > 0 && { regionClaim: near.before })
    }
  }

  /** True when there are others, and none of them comes before us. */
  isOurs (
    { content, cid }: Pick<BlockWant, 'cid' | 'content'>, told: Iterable<Member> = []
  ): boolean {
    const isBefore = precedence(this.#self, cid)
    let isShared = false
    for (const other of content == null ? [] : this.#others(content, told)) {
      if (isBefore(other)) return false
      isShared = true
    }
    return isShared
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
  * #others (content: CID, told: Iterable<Member>): Generator<Member> {
    const { exchange, penalties } = this.#components
    for (const neighbour of exchange.neighbours()) {
      if (neighbour.hello.role === 'peer' && neighbour.isInterested(content)) {
        const member = this.#member(neighbour)
        if (!penalties.isBlocked(member.id)) yield member
      }
    }
    // What a neighbour says itself is news; what was told of it may be old.
    let near: Set<string> | undefined
    for (const member of told) {
      near ??= idsOf(exchange.neighbours())
      if (!near.has(member.id) && !penalties.isBlocked(member.id)) yield member
    }
  }

  #member (neighbour: Neighbour): Member {
    const known = this.#members.get(neighbour) ??
      memberOf(neighbour.peer.toString(), neighbour.hello.region)
    this.#members.set(neighbour, known)
    return known
  }
}

function idsOf (neighbours: Iterable<Neighbour>): Set<string> {
  const ids = new Set<string>()
  for (const { peer } of neighbours) ids.add(peer.toString())
  return ids
}
