/**
 * Which hosts of an emulated network cannot reach each other for now.
 * in: sides of a division, by IP address. out: whether two are apart; word of each change.
 */

export class Division {
  readonly #sides = new Map<string, number>()
  readonly #followers = new Set<() => void>()

  /** From now on hosts of two sides do not reach each other; who is of no side reaches all. */
  divide (sides: ReadonlyArray<readonly string[]>): void {
    this.#sides.clear()
    for (const [side, hosts] of sides.entries()) {
      for (const host of hosts) this.#sides.set(host, side)
    }
    for (const follow of this.#followers) follow()
  }

  isBetween (one: string, other: string): boolean {
    const [here, there] = [this.#sides.get(one), this.#sides.get(other)]
    return here != null && there != null && here !== there
  }

  /** Calls `changed` after each change until it is told to end. */
  follow (changed: () => void): () => void {
    this.#followers.add(changed)
    return () => { this.#followers.delete(changed) }
  }
}
