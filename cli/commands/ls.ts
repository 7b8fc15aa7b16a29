/**
 * `ls`: the titles this node holds something of.
 */

import { Command } from 'commander'
import { formatBytes, formatDuration } from '../../protocols/units.ts'
import { act, type CliContext } from '../context.ts'
import { table } from '../output.ts'

export function lsCommand (context: CliContext): Command {
  return new Command('ls')
    .description('List the titles this node holds')
    .action(act(context, async (_args, options) => {
      const client = await context.connect(options)
      const data = await client.titles({ signal: context.signal })
      const rows = data.map(({ id, title, alias, durationMs, size, heldBytes, isPinned }) => [
        id, title, alias ?? '', formatDuration(durationMs), formatBytes(size),
        `${size === 0 ? 100 : Math.floor(heldBytes / size * 100)}%`, isPinned ? 'yes' : ''
      ])
      const head = ['ID', 'TITLE', 'ALIAS', 'LENGTH', 'SIZE', 'HELD', 'PINNED']
      return { data, text: table(head, rows, 'no titles yet: "cdn-cli fetch ID" gets one') }
    }))
}
