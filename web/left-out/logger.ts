/**
 * In place of `@libp2p/logger`: pages log nothing. in: names. out: loggers that are silent.
 */

import { silentLogger } from '../node/silent-log.ts'

export const defaultLogger = () => silentLogger
export const peerLogger = defaultLogger
export const prefixLogger = defaultLogger
export const logger = (name: string) => silentLogger.forComponent(name)
export const disable = () => {}
export const enable = disable
export const enabled = () => false
