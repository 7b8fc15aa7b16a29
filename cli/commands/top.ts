/**
 * `top`: what is played most.
 */

import { Command } from 'commander'
import { formatBytes } from '../../protocols/units.ts'
import { act, type CliContext } from '../context.ts'
import { table } from '../output.ts'

export function topCommand (context: CliContext): Command {
  return new Command('top')
    .description('List the titles played most, here and by those who ask this node')
    .action(act(context, async (_args, options) => {
      const client = await context.connect(options)
      const data = await client.popular({ signal: context.signal })
      const rows = data.map(({ id, title, size, plays, isPinned }) => [
        id, title ?? '', size === undefined ? '' : formatBytes(size), plays.toFixed(1),
        isPinned ? 'yes' : ''
      ])
      return { data, text: table(['ID', 'TITLE', 'SIZE', 'PLAYS', 'PINNED'], rows, 'no plays yet') }
    }))
}
