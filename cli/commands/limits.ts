/**
 * `limits`: what the running daemon may upload, and changes of it without a restart.
 */

import { Command } from 'commander'
import type { LimitsChange, LimitsReport } from '../../protocols/control/limits.ts'
import { formatBytes } from '../../protocols/units.ts'
import { act, type CliContext, type GlobalOptions } from '../context.ts'
import { fields } from '../output.ts'

interface LimitOptions extends GlobalOptions, Omit<LimitsChange, 'rate'> {
  upload?: string
}

export function limitsCommand (context: CliContext): Command {
  return new Command('limits')
    .description('Show or change what the running daemon may upload, until it stops')
    .option('--upload <rate>', 'to all together, as 2MB/s; unlimited')
    .option('--peers <rate>', 'to all peers together')
    .option('--edges <rate>', 'to all edges and origins together')
    .option('--per-peer <rate>', 'to each')
    .option('--parallel <count>', 'blocks served at once')
    .option('--lan <counted|exempt>', 'whether what goes to private addresses counts')
    .option('--metered <on|off>', 'on: upload nothing')
    .action(act<LimitOptions>(context, async (_args, options) => {
      const client = await context.connect(options)
      const change = changeOf(options)
      const call = { signal: context.signal }
      const data = Object.keys(change).length === 0
        ? await client.limits(call)
        : await client.changeLimits(change, call)
      return { data, text: fields(described(data)) }
    }))
}

function changeOf (options: LimitOptions): LimitsChange {
  const { upload: rate, peers, edges, perPeer, parallel, lan, metered } = options
  const change = { rate, peers, edges, perPeer, parallel, lan, metered }
  return Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined))
}

function described (limits: LimitsReport): Record<string, string> {
  return {
    upload: rate(limits.uploadBytesPerSecond),
    peers: rate(limits.peersBytesPerSecond),
    edges: rate(limits.edgesBytesPerSecond),
    'per peer': rate(limits.perPeerBytesPerSecond),
    parallel: `${limits.parallel}`,
    lan: limits.lan,
    metered: limits.metered ? 'on: nothing is uploaded' : 'off'
  }
}

function rate (bytesPerSecond: number): string {
  return bytesPerSecond === 0 ? 'unlimited' : `${formatBytes(bytesPerSecond)}/s`
}
