/**
 * `status`: what the running daemon is and what it has done.
 */

import { Command } from 'commander'
import type {
  BytesBySource, ReachStatus, Status, SwitchStatus
} from '../../protocols/control/index.ts'
import { formatBytes, formatDuration } from '../../protocols/units.ts'
import { act, type CliContext } from '../context.ts'
import { fields } from '../output.ts'

export function statusCommand (context: CliContext): Command {
  return new Command('status')
    .description('Say what the running daemon is and what it has done')
    .action(act(context, async (_args, options) => {
      const client = await context.connect(options)
      const data = await client.status({ signal: context.signal })
      return { data, text: fields(described(data)) }
    }))
}

function described (status: Status): Record<string, string> {
  const { store } = status
  const servers = status.httpSources.map(({ role, url, rttMs }) => `${role} ${url} ${rtt(rttMs)}`)
  return {
    node: `${status.name} (${status.role} in ${status.network}, region ${status.region})`,
    peer: status.peer,
    version: status.version,
    process: `${status.pid}, up ${formatDuration(status.uptimeSeconds * 1000)}`,
    gateway: status.gateway,
    control: status.control,
    addresses: status.addresses.join('\n'),
    reach: reached(status.reach),
    peers: `${status.peers}`,
    servers: servers.join('\n') || 'none',
    titles: `${status.titles}`,
    store: `${formatBytes(store.bytes)} of ${formatBytes(store.quotaBytes)}`,
    blocks: `${store.blocks}`,
    delivered: delivered(status.delivered),
    uploaded: formatBytes(status.uploadedBytes),
    wasted: formatBytes(status.wastedBytes),
    ...(status.switch != null && { switch: switched(status.switch) }),
    mismatches: `${status.mismatches}`,
    banned: status.bannedPeers.join('\n') || 'none'
  }
}

function reached ({ state, seenAt, relays }: ReachStatus): string {
  const from = seenAt == null ? '' : `, seen at ${seenAt}`
  if (state === 'direct') return `others can dial this node${from}`
  if (state === 'unknown') return 'nobody has said yet'
  const way = relays.length === 0 ? 'met through no relay yet' : `met through ${relays.join(', ')}`
  return `behind NAT${from}; ${way}`
}

function rtt (ms: number | undefined): string {
  return ms === undefined ? '' : `${Math.round(ms * 10) / 10} ms`
}

function switched ({ limit, inFlight, served, refused }: SwitchStatus): string {
  const sentAway = refused.full + refused.common
  const past = served.plain + served.alone
  return `${inFlight} of ${limit} in flight, ${sentAway} sent to peers, ` +
    `${past} served past the limit`
}

function delivered (bySource: BytesBySource): string {
  const total = Object.values(bySource).reduce((sum: number, bytes: number) => sum + bytes, 0)
  const parts = Object.entries(bySource)
    .map(([kind, bytes]) => `${kind} ${total === 0 ? 0 : Math.round(bytes / total * 100)}%`)
  return `${formatBytes(total)}: ${parts.join(', ')}`
}
