/**
 * Whether the addresses in a record can be its node's own, judged by where it spoke from.
 * Without this a tracker could be told a victim's address, and would send the swarm to dial it.
 *
 *   private, loopback   taken: they lead nowhere outside the asker's own network
 *   public IP           must be the one the tracker sees, if that is public and of the same family
 *   other IP family     taken, a few: a dual-stack node speaks to us over one of the two
 *   behind a relay      taken: the address is the relay's, and the relay decides
 *   DNS names           taken from edges, origins and bootstraps; a listener has none
 */

import { isPrivateIp, tryGetNetConfig } from '@libp2p/utils'
import type { Multiaddr } from '@multiformats/multiaddr'
import { RecordRefusedError } from '../protocols/errors.ts'
import type { NodeRecord } from '../protocols/tracker/index.ts'

/** Public addresses of a family we cannot see: more than a host has is a list of victims. */
const MAX_UNSEEN_ADDRESSES = 4

type Verdict = 'own' | 'unseen' | 'foreign'

/** @throws RecordRefusedError (address) */
export function assertObserved (record: NodeRecord, observedIp: string | undefined): void {
  const hosts = record.addresses.flatMap(address => hostOf(address) ?? [])
  const http = record.http == null ? [] : [new URL(record.http).hostname.replace(/^\[|\]$/g, '')]
  const verdicts = [...hosts, ...http].map(
    host => ({ host, verdict: judge(host, record, observedIp) })
  )
  const foreign = verdicts.find(({ verdict }) => verdict === 'foreign')
  if (foreign != null) {
    const seen = observedIp ?? 'behind a relay'
    throw new RecordRefusedError(
      'address', `${foreign.host} is not an address of ${record.peer}, which speaks from ${seen}`
    )
  }
  if (verdicts.filter(({ verdict }) => verdict === 'unseen').length > MAX_UNSEEN_ADDRESSES) {
    throw new RecordRefusedError(
      'address', `${record.peer} names too many addresses that we cannot see it at`
    )
  }
}

function judge (host: string, { role }: NodeRecord, observedIp: string | undefined): Verdict {
  const isPrivate = isPrivateIp(host)
  if (isPrivate == null) {
    return role === 'peer' ? 'foreign' : 'own'
  }
  const seen = observedIp?.replace(/^::ffff:(?=\d+\.)/i, '')
  if (isPrivate || (seen != null && isPrivateIp(seen) === true)) {
    return 'own'
  }
  if (seen == null) {
    return 'foreign'
  }
  if (host.includes(':') !== seen.includes(':')) {
    return 'unseen'
  }
  return canonical(host) === canonical(seen) ? 'own' : 'foreign'
}

/** IPv6 has many spellings of one address; URL knows the one. */
const canonical = (ip: string): string => ip.includes(':') ? new URL(`http://[${ip}]`).hostname : ip

/** The host dialled first; undefined for a relay's, or where none is named. */
function hostOf (address: Multiaddr): string | undefined {
  const isRelayed = address.getComponents().some(({ name }) => name === 'p2p-circuit')
  return isRelayed ? undefined : tryGetNetConfig(address)?.host
}
