/**
 * The neighbours in the order in which they are preferred, with the reasons.
 * in: neighbours, their scores and accounts. out: the best first, in numbers and in words.
 */

import type { PeerSummary } from '../protocols/control/index.ts'
import type { RankedPeer } from '../protocols/control/ranked-peer.ts'
import type { Ledger, Neighbour } from '../protocols/exchange/index.ts'
import { formatBytes } from '../protocols/units.ts'
import type { PeerFacts, PeerScores } from './routing/index.ts'

export interface RankPeersComponents {
  scores: Pick<PeerScores, 'of'>
  ledger: Pick<Ledger, 'of'>
}

const NEAR_MS = 20
const FAR_MS = 100

export function rankPeers (
  { scores, ledger }: RankPeersComponents,
  neighbours: Iterable<Neighbour>,
  summaryOf: (neighbour: Neighbour) => PeerSummary
): RankedPeer[] {
  return [...neighbours].map(neighbour => {
    const { score, terms, facts } = scores.of(neighbour)
    const { gaveBytes, tookBytes } = ledger.of(neighbour.peer)
    const given = { gaveBytes: Math.round(gaveBytes), tookBytes: Math.round(tookBytes) }
    return {
      ...summaryOf(neighbour), score, terms, ...given, why: reasonOf(facts, given, neighbour)
    }
  }).sort((a, b) => b.score - a.score)
}

function reasonOf (
  { rttMs, uploadBytesPerSecond }: PeerFacts,
  { gaveBytes, tookBytes }: { gaveBytes: number, tookBytes: number },
  { rateBytesPerSecond }: Neighbour
): string {
  const exchanged = gaveBytes + tookBytes === 0
    ? 'nothing exchanged lately'
    : `gave ${formatBytes(gaveBytes)}, took ${formatBytes(tookBytes)}`
  const isMeasured = uploadBytesPerSecond != null && uploadBytesPerSecond === rateBytesPerSecond
  const upload = uploadBytesPerSecond == null
    ? 'upload not known'
    : `upload ${formatBytes(uploadBytesPerSecond)}/s${isMeasured ? '' : ' (assumed)'}`
  return [distance(rttMs), exchanged, upload].join(', ')
}

function distance (rttMs: number | undefined): string {
  if (rttMs == null) return 'distance not measured'
  const word = rttMs <= NEAR_MS ? 'near' : rttMs <= FAR_MS ? 'not far' : 'far'
  return `${word} (${Math.round(rttMs * 10) / 10} ms)`
}
