/**
 * What was decided in a run, apart from how it went: two runs of one seed have the same.
 * in: decisions as they are carried out. out: lines in the order of their planned time.
 */

import type { TracedPlay } from '../workload/trace.ts'

export class DecisionLog {
  readonly #decisions: Array<{ at: number, text: string }> = []

  /** `at`: seconds of the day; -1 before it. */
  add (at: number, text: string): void {
    this.#decisions.push({ at, text })
  }

  /** Who is late says so later: the order of carrying out is none of decisions. */
  lines (): string[] {
    return this.#decisions.toSorted((a, b) => a.at - b.at || (a.text < b.text ? -1 : 1))
      .map(({ at, text }) => `${at.toFixed(1).padStart(8)} ${text}`)
  }
}

/** A play in words. */
export function decisionOf (peer: string, { title, seek, leaves }: TracedPlay): string {
  return [
    `${peer} plays title ${title + 1}`,
    seek != null && `goes from ${seek.at} s to ${seek.to} s`,
    leaves != null && `leaves at ${leaves} s`
  ].filter(part => part !== false).join(', ')
}
