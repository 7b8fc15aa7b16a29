/**
 * `config check`: whether a node would start with these settings, and where each comes from.
 */

import { Command } from 'commander'
import { loadConfig } from '../../daemon/config.ts'
import { act, type CliContext, type GlobalOptions } from '../context.ts'
import { table } from '../output.ts'

interface CheckOptions extends GlobalOptions { config?: string, role?: string }

export function configCommand (context: CliContext): Command {
  const check = new Command('check')
    .description('Check the settings, and print them with the place each comes from')
    .option('-c, --config <file>', 'a YAML file; CDND_CONFIG or <data>/cdnd.yaml otherwise')
    .option('--role <role>', 'peer, edge, origin or bootstrap')
    .action(act<CheckOptions>(context, async (_args, { config: file, role, data }) => {
      const { settings } = loadConfig({
        flags: { role, data }, ...file !== undefined && { file }
      })
      const rows = settings.map(({ key, value, where }) => [key, shown(value), where])
      return { data: settings, text: table(['SETTING', 'VALUE', 'FROM'], rows, 'no settings') }
    }))
  return new Command('config').description('Settings of a node').addCommand(check)
}

function shown (value: unknown): string {
  return Array.isArray(value) ? value.join('\n') || 'none' : String(value)
}
