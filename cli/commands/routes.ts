/**
 * `routes`: how far other nodes are, as measured and as estimated, and over whom they are reached.
 */

import { Command } from 'commander'
import type { RouteDetail, RouteReport } from '../../protocols/control/routes.ts'
import { act, type CliContext, type GlobalOptions } from '../context.ts'
import { fields, table } from '../output.ts'

interface RoutesOptions extends GlobalOptions { to?: string }

const HEAD = ['PEER', 'ROLE', 'REGION', 'NEXT HOP', 'HOPS', 'PATH', 'ESTIMATED', 'MEASURED']

export function routesCommand (context: CliContext): Command {
  return new Command('routes')
    .description('Show how far other nodes are, and over whom they are reached')
    .option('--to <peer>', 'the way to one of them, hop by hop')
    .action(act<RoutesOptions>(context, async (_args, { to, ...options }) => {
      const client = await context.connect(options)
      const call = { signal: context.signal }
      if (to !== undefined) {
        const data = await client.routeTo(to, call)
        return { data, text: fields(described(data)) }
      }
      const data = await client.routes(call)
      return { data, text: table(HEAD, data.map(rowOf), 'no other nodes known yet') }
    }))
}

function rowOf (route: RouteReport): string[] {
  const { peer, role = '', region = '', hops } = route
  return [
    peer, role, region, nextHopOf(route), hops === undefined ? '' : `${hops}`,
    time(route.pathMs), estimateOf(route), time(route.measuredMs)
  ]
}

function described (route: RouteDetail): Record<string, string> {
  const { peer, role, region, hops, relays } = route
  const via = relays.length > 0 ? relays.join(' ') : hops === 1 ? 'directly' : 'no way known'
  return {
    peer,
    ...(role !== undefined && { role, region: region ?? '' }),
    via,
    ...(hops !== undefined && { hops: `${hops}`, path: time(route.pathMs) }),
    estimated: estimateOf(route) || 'not known',
    measured: time(route.measuredMs) || 'never'
  }
}

/** A neighbour is its own. */
const nextHopOf = ({ peer, nextHop = '' }: RouteReport): string =>
  nextHop === peer ? 'direct' : nextHop

const estimateOf = ({ estimatedMs, basis }: RouteReport): string =>
  estimatedMs === undefined ? '' : `${time(estimatedMs)} by ${basis}`

const time = (ms: number | undefined): string =>
  ms === undefined ? '' : `${Math.round(ms * 10) / 10} ms`
