/**
 * A log to read in a test. out: a logger, and the lines it was told, as a person would read them.
 */

import type { Logger } from '@libp2p/interface'
import { componentLogger } from '../../daemon/log.ts'

export function spokenLog (): { log: Logger, lines: string[] } {
  const lines: string[] = []
  const write = (line: string): void => { lines.push(JSON.parse(line).msg) }
  const { forComponent } = componentLogger({ level: 'info', json: true, write })
  return { log: forComponent('cdnd:test'), lines }
}
