/**
 * Every command of cdn-cli, in the order of its help.
 */

import type { Command } from 'commander'
import type { CliContext } from '../context.ts'
import { announceCommand } from './announce.ts'
import { configCommand } from './config.ts'
import { endorseCommand } from './endorse.ts'
import { fetchCommand } from './fetch.ts'
import { limitsCommand } from './limits.ts'
import { lsCommand } from './ls.ts'
import { peersCommand } from './peers.ts'
import { pinCommand, unpinCommand } from './pin.ts'
import { publishCommand } from './publish.ts'
import { rmCommand } from './rm.ts'
import { routesCommand } from './routes.ts'
import { statCommand } from './stat.ts'
import { statusCommand } from './status.ts'
import { topCommand } from './top.ts'
import { versionCommand } from './version.ts'

export const COMMANDS: ReadonlyArray<(context: CliContext) => Command> = [
  publishCommand, fetchCommand, announceCommand, lsCommand, statCommand, pinCommand, unpinCommand,
  rmCommand, topCommand, statusCommand, peersCommand, routesCommand, limitsCommand, configCommand,
  endorseCommand, versionCommand
]
