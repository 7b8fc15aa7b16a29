/**
 * Tracker: the meeting point's memory of who has what.
 * in: signed, sequence-numbered envelopes. out: providers, nearest region first, some at random.
 *
 *   const signer = new NodeSigner({ privateKey, describe })
 *   const ask = libp2pTransport(libp2p, addresses)    // or httpTransport('http://host:port')
 *   const tracker = new TrackerClient({ ask, signer }, { network })
 */

export { checkRecord, type RecordRules } from './check-record.ts'
export {
  type AskTracker, TrackerClient, type TrackerClientComponents, type TrackerClientInit
} from './client.ts'
export type { Signer, SignerOf } from './envelope.ts'
export { endorse, type Endorsed, isEndorsed } from './endorsement.ts'
export { httpTransport } from './http-transport.ts'
export { type Dialler, libp2pTransport } from './libp2p-transport.ts'
export { TRACKER_PROTOCOL } from './message.ts'
export { openRecord, sealRecord } from './record.ts'
export { decodeReport, encodeReport, type HeldParts, type NodeReport } from './report.ts'
export {
  noCounts, REPORT_COUNTS, type ReportCounts, START_BOUNDS_MS, START_CLASSES, startClass
} from './report-counts.ts'
export { TrackerServer, type TrackerServerComponents } from './server.ts'
export { type NodeDescription, NodeSigner, type NodeSignerComponents } from './signer.ts'
export type {
  AnnouncedTitle, Caller, HandedOut, NodeRecord, TrackedProvider, Tracker, TrackerService
} from './types.ts'
