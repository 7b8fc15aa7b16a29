/**
 * `version`: this command's, and the running daemon's where there is one.
 */

import { Command } from 'commander'
import { NoDaemonError } from '../../protocols/errors.ts'
import { VERSION } from '../../protocols/version.ts'
import { act, type CliContext } from '../context.ts'
import { fields } from '../output.ts'

export function versionCommand (context: CliContext): Command {
  return new Command('version')
    .description('Print the versions of this command, its Node and the running daemon')
    .action(act(context, async (_args, options) => {
      const daemon = await context.connect(options)
        .then(async client => (await client.health({ signal: context.signal })).version)
        .catch((error: unknown) => {
          if (error instanceof NoDaemonError) return undefined
          throw error
        })
      const data = { cdnd: VERSION, node: process.version, daemon }
      return { data, text: fields({ ...data, daemon: daemon ?? 'not running' }) }
    }))
}
