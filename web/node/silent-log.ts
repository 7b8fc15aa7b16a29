/**
 * A log nobody reads, unless the page brings one.
 */

import type { ComponentLogger, Logger } from '@libp2p/interface'

const nothing = (): void => {}
const log: Logger = Object.assign(nothing, {
  error: nothing, trace: nothing, enabled: false, newScope: () => log
})

export const silentLogger: ComponentLogger = { forComponent: () => log }
