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

/**
 * A frame in a round for a stranger, a usual block for who has given as much as most. Higher:
 * blocks are whole sooner, one after the other; lower: nobody waits long for a first byte.
 */
const QUANTUM_BYTES = DATA_BYTES

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
  /** Whose turn it is in the class, as last looked up. */
  next: T | undefined
  cost: number
  isFavour: boolean
}

export class Turns<T extends Member> {
  readonly #costOf: (member: T) => number | undefined
  readonly #groups: Record<ServingClass, Group<T>>
  /** Those with members. */
  readonly #classes: DeficitRing<Group<T>>
  #favoured: T | undefined
  #current: Group<T> | undefined

  constructor (costOf: (member: T) => number | undefined) {
    this.#costOf = costOf
    const ring = (weightOf: (member: T) => number): DeficitRing<T> =>
      new DeficitRing({ costOf, weightOf, quantumBytes: QUANTUM_BYTES })
    const group = (): Group<T> => ({
      weighted: ring(({ weight }) => weight),
      rest: ring(() => 1),
      creditBytes: 0,
      next: undefined,
      cost: 0,
      isFavour: false
    })
    this.#groups = { peers: group(), edges: group(), lan: group() }
    this.#classes = new DeficitRing({
      costOf: each => this.#lookUp(each) ? each.cost : undefined,
      weightOf: () => 1,
      quantumBytes: DATA_BYTES
    })
  }

  /** Again, when its weight has come to be 0, or is no longer. */
  add (member: T): void {
    const group = this.#groups[member.servingClass]
    const { weighted, rest } = group
    const [into, other] = member.weight > 0 ? [weighted, rest] : [rest, weighted]
    if (into.has(member)) {
      return
    }
    if (sizeOf(group) === 0) {
      this.#classes.add(group)
    }
    other.delete(member)
    into.add(member)
  }

  delete (member: T): void {
    const group = this.#groups[member.servingClass]
    const isGone = group.weighted.delete(member) || group.rest.delete(member)
    if (isGone && sizeOf(group) === 0) {
      this.#classes.delete(group)
    }
  }

  /** What falls to a member when all of its class are alike, 0 … 1. */
  portionOf ({ servingClass }: T): number {
    return 1 / this.#classes.size / sizeOf(this.#groups[servingClass])
  }

  /** Gives the extra share to one member, or to nobody. */
  favour (member: T | undefined): void {
    this.#favoured = member
  }

  /** Whose turn it is, the same until it spends or cannot. */
  next (): T | undefined {
    this.#current = this.#classes.next()
    return this.#current?.next
  }

  /** Bytes that whom {@link next} named would take. */
  get cost (): number {
    return this.#current?.cost ?? 0
  }

  /** Whom {@link next} named takes its bytes. */
  spend (): void {
    const group = this.#current
    if (group?.next == null) {
      return
    }
    const { next, cost, isFavour, weighted, rest } = group
    this.#classes.spend(group, cost)
    if (isFavour) {
      group.creditBytes -= cost
      return
    }
    (next.weight > 0 ? weighted : rest).spend(next, cost)
    if (this.#favoured != null) {
      const earned = cost * OPTIMISTIC_SHARE / (1 - OPTIMISTIC_SHARE)
      group.creditBytes = Math.min(MAX_CREDIT_BYTES, group.creditBytes + earned)
    }
  }

  /** Finds whose turn it is in a class. False when nobody has one. */
  #lookUp (group: Group<T>): boolean {
    group.isFavour = this.#isFavour(group)
    if (!group.isFavour) {
      group.next = group.weighted.next()
      group.cost = group.weighted.cost
      if (group.next == null) {
        group.next = group.rest.next()
        group.cost = group.rest.cost
      }
    }
    return group.next != null
  }

  #isFavour (group: Group<T>): boolean {
    const favoured = this.#favoured
    if (favoured == null || this.#groups[favoured.servingClass] !== group) {
      return false
    }
    const cost = this.#costOf(favoured)
    if (cost == null || group.creditBytes < cost) {
      return false
    }
    group.next = favoured
    group.cost = cost
    return true
  }
}

function sizeOf<T> ({ weighted, rest }: Group<T>): number {
  return weighted.size + rest.size
}
