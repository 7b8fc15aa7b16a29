/**
 * Who is served next: classes in equal shares, in a class its members by weight, then the rest.
 * in: members with a class and a weight, what each would cost now. out: whose turn it is.
 *
 * What a class or member does not take is lent to the others: nobody waits while there is room. A
 * fifth of a class goes to one favoured member on top of its share; members without weight get what
 * all others leave.
 */

import { DeficitRing } from './deficit-ring.ts'
import { DATA_BYTES } from './message.ts'
import type { Role } from './types.ts'

export type ServingClass = 'peers' | 'edges' | 'lan'

export interface Member {
  readonly servingClass: ServingClass
  /** 0: only what others leave. */
  weight: number
}

/** Of what its class is served, for the favoured member. */
export const OPTIMISTIC_SHARE = 0.2

/** So small that a weight of 4 is one frame a round: a stream has room for two. */
const QUANTUM_BYTES = DATA_BYTES / 4

/** The favour saves up no more than this. */
const MAX_CREDIT_BYTES = 16 * DATA_BYTES

/** Servers are told apart wherever they are: they serve many, and have nobody else to ask. */
export function servingClassOf (role: Role, isOnLan: boolean): ServingClass {
  return role === 'peer' ? (isOnLan ? 'lan' : 'peers') : 'edges'
}

interface Group<T> {
  weighted: DeficitRing<T>
  rest: DeficitRing<T>
  /** Bytes the favoured member may take out of turn. */
  creditBytes: number
}

export class Turns<T extends Member> {
  readonly #costOf: (member: T) => number | undefined
  readonly #groups: Record<ServingClass, Group<T>>
  readonly #classes: DeficitRing<Group<T>>
  #favoured: T | undefined

  constructor (costOf: (member: T) => number | undefined) {
    this.#costOf = costOf
    const ring = (weightOf: (member: T) => number): DeficitRing<T> =>
      new DeficitRing({ costOf, weightOf, quantumBytes: QUANTUM_BYTES })
    const group = (): Group<T> =>
      ({ weighted: ring(({ weight }) => weight), rest: ring(() => 1), creditBytes: 0 })
    this.#groups = { peers: group(), edges: group(), lan: group() }
    this.#classes = new DeficitRing({
      costOf: each => this.#costIn(each), weightOf: () => 1, quantumBytes: DATA_BYTES
    })
    Object.values(this.#groups).forEach(each => { this.#classes.add(each) })
  }

  /** Again, when its weight has come to be 0, or is no longer. */
  add (member: T): void {
    const { weighted, rest } = this.#groups[member.servingClass]
    const [into, other] = member.weight > 0 ? [weighted, rest] : [rest, weighted]
    if (!into.has(member)) {
      other.delete(member)
      into.add(member)
    }
  }

  delete (member: T): void {
    const { weighted, rest } = this.#groups[member.servingClass]
    if (!weighted.delete(member)) {
      rest.delete(member)
    }
  }

  /** What falls to a member when all of its class are alike, 0 … 1. */
  portionOf ({ servingClass }: T): number {
    const { peers, edges, lan } = this.#groups
    const classes = Number(sizeOf(peers) > 0) + Number(sizeOf(edges) > 0) + Number(sizeOf(lan) > 0)
    return 1 / classes / sizeOf(this.#groups[servingClass])
  }

  /** Gives the extra share to one member, or to nobody. */
  favour (member: T | undefined): void {
    this.#favoured = member
  }

  /** Whose turn it is, the same until it spends or cannot. */
  next (): T | undefined {
    const group = this.#classes.next()
    return group == null ? undefined : this.#nextIn(group)
  }

  /** Before the member moves on: what it would cost now tells which share it spends. */
  spend (member: T, bytes: number): void {
    const group = this.#groups[member.servingClass]
    this.#classes.spend(group, bytes)
    if (this.#isFavouredTurn(group, member)) {
      group.creditBytes -= bytes
      return
    }
    const ring = group.weighted.has(member) ? group.weighted : group.rest
    ring.spend(member, bytes)
    if (this.#favoured != null) {
      const earned = bytes * OPTIMISTIC_SHARE / (1 - OPTIMISTIC_SHARE)
      group.creditBytes = Math.min(MAX_CREDIT_BYTES, group.creditBytes + earned)
    }
  }

  #costIn (group: Group<T>): number | undefined {
    const member = this.#nextIn(group)
    return member == null ? undefined : this.#costOf(member)
  }

  #nextIn (group: Group<T>): T | undefined {
    if (this.#favoured != null && this.#isFavouredTurn(group, this.#favoured)) {
      return this.#favoured
    }
    return group.weighted.next() ?? group.rest.next()
  }

  #isFavouredTurn (group: Group<T>, member: T): boolean {
    return member === this.#favoured && this.#groups[member.servingClass] === group &&
      group.creditBytes >= (this.#costOf(member) ?? Infinity)
  }
}

function sizeOf<T> ({ weighted, rest }: Group<T>): number {
  return weighted.size + rest.size
}
