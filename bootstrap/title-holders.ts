/**
 * Who holds one title: peers apart from servers, each group in no order.
 * in: nodes that come and go. out: some by chance, however many there are.
 */

import type { Random } from '../protocols/clock.ts'

/** What a group keeps in mind of its members. */
export interface Member {
  isServer: boolean
  /** Where it stands in its group; the group's own to set. */
  place: number
}

export class TitleHolders<T extends Member> {
  readonly title: string
  readonly #peers: T[] = []
  readonly #servers: T[] = []

  constructor (title: string) {
    this.title = title
  }

  get size (): number { return this.#peers.length + this.#servers.length }

  add (member: T): void {
    const group = this.#groupOf(member)
    member.place = group.length
    group.push(member)
  }

  /** The last takes the place of the one that goes. */
  delete (member: T): void {
    const group = this.#groupOf(member)
    const last = group.pop()!
    if (last !== member) {
      group[member.place] = last
      last.place = member.place
    }
  }

  /** A peer by chance. */
  anyPeer (random: Random): T | undefined {
    return this.#peers[Math.floor(random() * this.#peers.length)]
  }

  /** At most `limit` of each group. */
  some (limit: number, random: Random): T[] {
    return [...chosen(this.#peers, limit, random), ...chosen(this.#servers, limit, random)]
  }

  #groupOf ({ isServer }: T): T[] {
    return isServer ? this.#servers : this.#peers
  }
}

/** The first steps of a Fisher–Yates shuffle. */
function chosen<T> (group: T[], limit: number, random: Random): T[] {
  if (group.length <= limit) return group
  const left = group.slice()
  for (let i = 0; i < limit; i++) {
    const j = i + Math.floor(random() * (left.length - i))
    const one = left[j]!
    left[j] = left[i]!
    left[i] = one
  }
  return left.slice(0, limit)
}
