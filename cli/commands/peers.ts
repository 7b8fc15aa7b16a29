/**
 * `peers`: who this node exchanges segments with, and what it thinks of them.
 */

import { Command } from 'commander'
import type { PeerSummary, RankedPeer } from '../../protocols/control/index.ts'
import { formatBytes } from '../../protocols/units.ts'
import { act, type CliContext, type GlobalOptions } from '../context.ts'
import { table } from '../output.ts'

interface PeersOptions extends GlobalOptions { ranked?: boolean }

const NONE = 'no peers yet'

export function peersCommand (context: CliContext): Command {
  return new Command('peers')
    .description('List the peers this node exchanges segments with')
    .option('--ranked', 'the best first, with score and reason')
    .action(act<PeersOptions>(context, async (_args, options) => {
      const client = await context.connect(options)
      const call = { signal: context.signal }
      if (options.ranked === true) {
        const data = await client.rankedPeers(call)
        return { data, text: rankedTable(data) }
      }
      const data = await client.peers(call)
      return { data, text: plainTable(data) }
    }))
}

function plainTable (peers: PeerSummary[]): string {
  const rows = peers.map(one => [
    one.peer, one.role, one.region, distance(one), `${one.inFlight}`,
    formatBytes(one.receivedBytes), formatBytes(one.sentBytes)
  ])
  return table(['PEER', 'ROLE', 'REGION', 'RTT', 'ASKED', 'RECEIVED', 'SENT'], rows, NONE)
}

function distance ({ isRelayed, rttMs }: PeerSummary): string {
  if (isRelayed) return 'relayed'
  return rttMs === undefined ? '' : `${Math.round(rttMs * 10) / 10} ms`
}

/** Terms as they add up to the score. */
function rankedTable (peers: RankedPeer[]): string {
  const rows = peers.map(({ peer, role, score, terms, why }) => [
    peer, role, ...[score, terms.rtt, terms.upload, terms.reciprocity, terms.uptime].map(part =>
      part.toFixed(2)), why
  ])
  const head = ['PEER', 'ROLE', 'SCORE', 'RTT', 'UPLOAD', 'GIVING', 'UPTIME', 'WHY']
  return table(head, rows, NONE)
}
