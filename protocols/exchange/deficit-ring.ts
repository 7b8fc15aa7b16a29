/**
 * Deficit round robin by weight, pure.
 * in: members, what each would cost now. out: whose turn it is; over time each gets its share of
 * the bytes, whatever the size of its pieces.
 */

export interface RingInit<T> {
  /** Bytes the member would take in its turn, undefined while it has none to take. */
  costOf: (member: T) => number | undefined
  /** Over 0; relative to each other. */
  weightOf: (member: T) => number
  /** What a weight of 1 is granted in a round. Higher: fewer rounds; lower: finer turns. */
  quantumBytes: number
}

export class DeficitRing<T> {
  readonly #init: RingInit<T>
  readonly #members: T[] = []
  /** Bytes granted to each member and not taken. */
  readonly #deficits: number[] = []
  #at = 0
  #isGranted = false
  #cost = 0

  constructor (init: RingInit<T>) {
    this.#init = init
  }

  get size (): number {
    return this.#members.length
  }

  /** Of whom {@link next} named. */
  get cost (): number {
    return this.#cost
  }

  has (member: T): boolean {
    return this.#members.includes(member)
  }

  /** Its first turn comes after everybody else's. */
  add (member: T): void {
    const isFirst = this.#members.length === 0
    this.#members.splice(this.#at, 0, member)
    this.#deficits.splice(this.#at, 0, 0)
    this.#at += isFirst ? 0 : 1
  }

  delete (member: T): boolean {
    const index = this.#members.indexOf(member)
    if (index === -1) {
      return false
    }
    this.#members.splice(index, 1)
    this.#deficits.splice(index, 1)
    this.#isGranted &&= index !== this.#at
    if (index < this.#at) {
      this.#at--
    }
    this.#at = this.#at < this.#members.length ? this.#at : 0
    return true
  }

  /** Whose turn it is, the same until it spends or cannot; undefined when nobody has any cost. */
  next (): T | undefined {
    const { costOf } = this.#init
    const isGranted = this.#isGranted
    let without = 0
    while (without < this.#members.length) {
      const member = this.#members[this.#at]!
      const cost = costOf(member)
      if (cost == null) {
        without++
      } else if (this.#affords(member, cost)) {
        this.#cost = cost
        return member
      } else {
        without = 0
      }
      this.#isGranted = false
      this.#at = this.#at + 1 < this.#members.length ? this.#at + 1 : 0
    }
    // Once around, back where it was: whoever had a turn when all had to wait still has it.
    this.#isGranted = isGranted
    return undefined
  }

  spend (member: T, bytes: number): void {
    const index = this.#members[this.#at] === member ? this.#at : this.#members.indexOf(member)
    if (index !== -1) {
      this.#deficits[index]! -= bytes
    }
  }

  /** Grants once a turn. What a member could not take before adds no more than one turn's. */
  #affords (member: T, cost: number): boolean {
    if (!this.#isGranted) {
      const { weightOf, quantumBytes } = this.#init
      const grant = weightOf(member) * quantumBytes
      const most = Math.max(cost, grant) + grant
      this.#isGranted = true
      this.#deficits[this.#at] = Math.min(most, this.#deficits[this.#at]! + grant)
    }
    return this.#deficits[this.#at]! >= cost
  }
}
