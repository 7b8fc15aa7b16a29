/**
 * A network that falls apart: sides that cannot reach each other until it is healed.
 *
 * Sides of regions have all that is in these, servers too. Sides of shares have peers: servers are
 * reached from all of them. Connections across stay open, and what is under way on them comes when
 * the network is healed, as TCP has it.
 */

import type { Daemon } from '../daemon.ts'
import { seededRandom } from '../seeded-random.ts'
import type { Fault, FaultSpec, FaultyNetwork } from './fault.ts'
import { shuffled } from './victims.ts'

type PartitionSpec = FaultSpec & { kind: 'partition' }

export function partition (spec: PartitionSpec): Fault {
  let isApart = false
  return {
    kind: 'partition',
    strike: async network => {
      const sides = sidesOf(network.all(), spec)
      await network.divide(sides)
      isApart = true
      const text = `the network fell apart into ${sides.map(({ length }) => length).join(' | ')} ` +
        ('regions' in spec ? `nodes: ${spec.regions.map(side => side.join(' ')).join(' | ')}`
          : 'peers, all of whom reach the servers')
      return { kind: 'partition', nodes: sides.slice(1).flat(), text }
    },
    heal: async network => await mended(network, isApart).finally(() => { isApart = false })
  }
}

async function mended (network: FaultyNetwork, isApart: boolean) {
  if (isApart) await network.divide([])
  return { kind: 'heal', nodes: [], text: 'all reach each other again' }
}

function sidesOf (all: readonly Daemon[], spec: PartitionSpec): string[][] {
  const names = (daemons: readonly Daemon[]): string[] => daemons.map(({ name }) => name)
  if ('regions' in spec) {
    return spec.regions.map(side => names(all.filter(({ region }) => side.includes(region))))
  }
  const peers = shuffled(all.filter(({ role }) => role === 'peer'), seededRandom(spec.seed ?? 1))
  const total = spec.shares.reduce((sum, share) => sum + share, 0)
  let upTo = 0
  return spec.shares.map(share => {
    const from = Math.round(upTo / total * peers.length)
    upTo += share
    return names(peers.slice(from, Math.round(upTo / total * peers.length)))
  })
}
