/**
 * Names in a sentence. in: daemons. out: `peer-1 and peer-2`, or how many of them there are.
 */

import type { Daemon } from '../daemon.ts'

const MAX_NAMED = 4

export function named (daemons: ReadonlyArray<Pick<Daemon, 'name'>>): string {
  const names = daemons.map(({ name }) => name)
  if (names.length === 0) return 'nobody'
  if (names.length === 1) return names[0]!
  if (names.length > MAX_NAMED) return `${names.length} nodes`
  return `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`
}

/** `was` of one, `were` of more. */
export function wasOrWere ({ length }: readonly unknown[]): string {
  return length > 1 ? 'were' : 'was'
}
