/**
 * For specs whose hosts have met over WebRTC: once all are stopped, gives back what keeps the
 * process.
 *
 * Where both ends close a data channel at the same time, libdatachannel (0.24.5) can clear its
 * callbacks before it has called the one that says so, which its Node binding waits for to free
 * them: on a loaded machine about one channel in 200.
 */

import { cleanup } from 'node-datachannel'
import { closeLeft } from '../../protocols/left-listening.ts'

export async function releaseWebRtc (): Promise<void> {
  cleanup()
  await closeLeft()
}
