/**
 * A browser does not notice that the other end of a WebRTC connection is gone, as long as nobody
 * pings. in: questions to a tracker. out: the same, and word that it has been silent.
 */

import type { AskTracker } from '../../../protocols/tracker/client.ts'

/** One answer may be late where a machine has much to do. */
export const MAX_SILENCES = 2

/** `onSilent` is called when that many questions in a row had no answer in their time. */
export function livelyAsk (ask: AskTracker, onSilent: () => void): AskTracker {
  let silences = 0
  return async (question, options) => {
    try {
      const answer = await ask(question, options)
      silences = 0
      return answer
    } catch (err) {
      const { reason } = options.signal as { reason?: Error }
      if (reason?.name === 'TimeoutError' && ++silences >= MAX_SILENCES) {
        silences = 0
        onSilent()
      }
      throw err
    }
  }
}
