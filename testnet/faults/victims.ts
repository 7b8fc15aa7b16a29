/**
 * Whom a fault concerns. in: names, or so many by chance. out: daemons of the network, the same for
 * the same seed.
 */

import type { Random } from '../../protocols/clock.ts'
import type { Daemon } from '../daemon.ts'
import { seededRandom } from '../seeded-random.ts'
import type { FaultyNetwork, Who } from './fault.ts'

/** Throws when there is no daemon of a name, or none to choose from. */
export function victimsOf (network: Pick<FaultyNetwork, 'all'>, who: Who): Daemon[] {
  const all = network.all()
  if (!('find' in who)) return chosen(all, who)
  return who.map(name => {
    const daemon = all.find(daemon => daemon.name === name)
    if (daemon == null) throw new Error(`there is no ${name} in this network`)
    return daemon
  })
}

/** In an order by chance. */
export function shuffled<T> (items: readonly T[], random: Random): T[] {
  return items.map(item => ({ item, at: random() }))
    .toSorted((one, other) => one.at - other.at)
    .map(({ item }) => item)
}

function chosen (all: readonly Daemon[], who: Exclude<Who, readonly string[]>): Daemon[] {
  const { role = 'peer', region, share, seed = 1 } = who
  const fitting = all.filter(daemon =>
    daemon.role === role && (region == null || daemon.region === region))
  if (fitting.length === 0) throw new Error(`there is no ${role} that could be struck`)
  const count = who.count ??
    (share == null ? fitting.length : Math.max(1, Math.round(share * fitting.length)))
  return shuffled(fitting, seededRandom(seed)).slice(0, count)
    .toSorted((one, other) => all.indexOf(one) - all.indexOf(other))
}
