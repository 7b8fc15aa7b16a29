/**
 * What a site's settings mean to a page's node. in: settings. out: those of the node. Pure.
 */

import type { PageNodeInit } from '../node/types.ts'
import type { PlayerSettings } from './options.ts'

export function nodeInit (settings: PlayerSettings): PageNodeInit {
  const { servers, quotaBytes, segmentTimeoutMs, fallbackDelayMs, maxPeers } = settings
  const { uploadBytesPerSecond, region, stunServers, turnServers, isRelayOnly } = settings
  return {
    bases: servers,
    ...(quotaBytes != null && { quotaBytes }),
    ...(segmentTimeoutMs != null && { segmentTimeoutMs }),
    ...(fallbackDelayMs != null && { peerTimeMs: fallbackDelayMs }),
    ...(maxPeers != null && { maxPeers }),
    ...(uploadBytesPerSecond != null && { uploadBytesPerSecond }),
    ...(region != null && { region }),
    stunServers,
    turnServers,
    relayOnly: isRelayOnly,
    minViewers: settings.minViewers
  }
}
