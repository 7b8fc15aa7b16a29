/**
 * `peers`: who this node exchanges segments with.
 */

import { Command } from 'commander'
import { formatBytes } from '../../protocols/units.ts'
import { act, type CliContext } from '../context.ts'
import { table } from '../output.ts'

export function peersCommand (context: CliContext): Command {
  return new Command('peers')
    .description('List the peers this node exchanges segments with')
    .action(act(context, async (_args, options) => {
      const client = await context.connect(options)
      const data = await client.peers({ signal: context.signal })
      const rows = data.map(({ peer, role, region, rttMs, inFlight, receivedBytes, sentBytes }) => [
        peer, role, region, rttMs === undefined ? '' : `${Math.round(rttMs * 10) / 10} ms`,
        `${inFlight}`, formatBytes(receivedBytes), formatBytes(sentBytes)
      ])
      const head = ['PEER', 'ROLE', 'REGION', 'RTT', 'ASKED', 'RECEIVED', 'SENT']
      return { data, text: table(head, rows, 'no peers yet') }
    }))
}
