/**
 * Ten thousand nodes that say nothing.
 */

import type { ComponentLogger, Logger } from '@libp2p/interface'

const nothing = (): void => {}
const log: Logger = Object.assign(nothing, {
  error: nothing, trace: nothing, enabled: false, newScope: () => log
})
const logger: ComponentLogger = { forComponent: () => log }

export const silent = { log, logger }
