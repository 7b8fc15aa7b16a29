/**
 * When this process is asked to end: Ctrl-C, SIGTERM, a closed terminal, or the end of the process
 * that started it with an IPC channel (the launcher, the testnet).
 */

import { constants } from 'node:os'

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** A terminal's Ctrl-C reaches us and the launcher, which passes it on: the two count once. */
const SAME_KEYPRESS_MS = 500

/** Why we stop. Fault: nobody. */
export class StoppedError extends Error {
  override readonly name = 'StoppedError'
  /** As a shell reports it: 128 and the signal's number. */
  readonly exitCode: number

  constructor (signal: typeof SIGNALS[number]) {
    super(`stopped by ${signal}`)
    this.exitCode = 128 + constants.signals[signal]
  }
}

/** Aborts with a {@link StoppedError} at the first request; a later one ends the process. */
export function stopSignal (): AbortSignal {
  const controller = new AbortController()
  let sinceMs = 0
  const stop = (signal: typeof SIGNALS[number]): void => {
    const error = new StoppedError(signal)
    if (!controller.signal.aborted) {
      sinceMs = Date.now()
      controller.abort(error)
    } else if (Date.now() - sinceMs > SAME_KEYPRESS_MS) {
      process.exit(error.exitCode)
    }
  }
  for (const signal of SIGNALS) process.on(signal, stop)
  if (process.connected) {
    process.once('disconnect', () => stop('SIGTERM'))
    process.channel?.unref()
  } else if (process.send != null) {
    // Whoever started us was gone before we came this far.
    stop('SIGTERM')
  }
  return controller.signal
}
