/**
 * Upload limits that limit nothing, for tests to change.
 */

import { UploadLimits } from '../../daemon/upload-limits.ts'
import type { UploadSettings } from '../../daemon/upload-settings.ts'

export const sampleLimits = (settings: Partial<UploadSettings> = {}): UploadLimits =>
  new UploadLimits({
    rate: 0, peers: 0, edges: 0, perPeer: 0, parallel: 16, lan: 'counted', metered: false,
    ...settings
  })
