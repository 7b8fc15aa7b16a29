/**
 * What a node may upload to others, as its control API tells and takes it.
 */

/** Bytes of blocks per second, 0 for no limit. */
export interface LimitsReport {
  /** To all together. */
  uploadBytesPerSecond: number
  /** To all peers; to all edges and origins; to each of either. */
  peersBytesPerSecond: number
  edgesBytesPerSecond: number
  perPeerBytesPerSecond: number
  /** Blocks served at once. */
  parallel: number
  /** Whether what goes to private addresses counts. */
  lan: 'counted' | 'exempt'
  /** Nothing is uploaded. */
  metered: boolean
}

/** The settings to change, by their keys and as people write them: `{"rate": "2MB/s"}`. */
export interface LimitsChange {
  rate?: string
  peers?: string
  edges?: string
  perPeer?: string
  parallel?: number | string
  lan?: string
  metered?: boolean | string
}
