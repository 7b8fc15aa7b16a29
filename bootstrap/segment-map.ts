/**
 * Which title a segment or block belongs to, as origins tell.
 * A hint, never a proof: whoever asks finds the segment in the title's signed manifest, or not.
 */

import type { CID } from 'multiformats/cid'

export class SegmentMap {
  readonly #max: number
  readonly #titles = new Map<string, CID>()
  /** Segments by who told of them and of which title: they go when the teller does. */
  readonly #byTeller = new Map<string, Set<string>>()

  constructor (max: number) {
    this.#max = max
  }

  get size (): number {
    return this.#titles.size
  }

  get (segment: CID): CID | undefined {
    return this.#titles.get(segment.toString())
  }

  /** The first who told stays believed while it is there; what does not fit is left out. */
  add (peer: string, content: CID, segments: CID[]): void {
    const key = content.toString()
    for (const segment of segments) {
      const name = segment.toString()
      if (this.#titles.size >= this.#max || this.#titles.has(name)) {
        continue
      }
      this.#titles.set(name, content)
      const teller = tellerKey(peer, key)
      this.#byTeller.set(teller, (this.#byTeller.get(teller) ?? new Set()).add(name))
    }
  }

  remove (peer: string, contentKey: string): void {
    const teller = tellerKey(peer, contentKey)
    for (const name of this.#byTeller.get(teller) ?? []) {
      this.#titles.delete(name)
    }
    this.#byTeller.delete(teller)
  }
}

const tellerKey = (peer: string, contentKey: string): string => `${peer}/${contentKey}`
