/**
 * Nodes that report, as a tracker's store gives them.
 */

import type { CountedNode } from '../../../bootstrap/store.ts'
import type { Role } from '../../../protocols/exchange/index.ts'
import {
  encodeReport, type NodeReport, noCounts, type ReportCounts, START_CLASSES
} from '../../../protocols/tracker/index.ts'

export interface Reported extends Partial<Omit<NodeReport, 'counts'>> {
  counts?: Partial<ReportCounts>
}

export const reportOf = ({ counts = {}, ...rest }: Reported): NodeReport => ({
  sinceMs: 0,
  starts: Array.from({ length: START_CLASSES }, () => 0),
  holds: [],
  ...rest,
  counts: { ...noCounts(), ...counts }
})

/** A node called `id`; without `said` it does not report. */
export function reporter (id: string, said?: Reported | Uint8Array, role: Role = 'peer') {
  const report = said == null || said instanceof Uint8Array ? said : encodeReport(reportOf(said))
  const record = { peer: { toString: () => id }, role, region: 'eu' }
  return { record, envelope: new Uint8Array(0), titles: 0, report } as unknown as CountedNode
}
