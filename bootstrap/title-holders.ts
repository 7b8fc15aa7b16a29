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
    if (last !== member) stand(group, member.place, last)
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

/** The first steps of a Fisher–Yates shuffle, of the group itself: it is in no order anyhow. */
function chosen<T extends Member> (group: T[], limit: number, random: Random): T[] {
  if (group.length <= limit) return group
  for (let i = 0; i < limit; i++) {
    const j = i + Math.floor(random() * (group.length - i))
    const [one, other] = [group[i]!, group[j]!]
    stand(group, i, other)
    stand(group, j, one)
  }
  return group.slice(0, limit)
}

function stand<T extends Member> (group: T[], place: number, member: T): void {
  group[place] = member
  member.place = place
}
