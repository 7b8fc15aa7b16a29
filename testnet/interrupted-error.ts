/**
 * What a run ends with that the user ended. in: the signal. out: a message, and an exit code.
 */

import { constants } from 'node:os'

/** The run was ended by a signal. Fault: nobody. */
export class InterruptedError extends Error {
  override readonly name = 'InterruptedError'
  /** As a shell reports it. */
  readonly exitCode: number

  constructor (signal: NodeJS.Signals) {
    super(`interrupted by ${signal}`)
    this.exitCode = 128 + constants.signals[signal]
  }
}
