/**
 * `rm`: drops what this node holds of a title.
 */

import { Command } from 'commander'
import { act, type CliContext } from '../context.ts'

export function rmCommand (context: CliContext): Command {
  return new Command('rm')
    .description('Drop what this node holds of a title, and say so to the network')
    .argument('<id>', 'content ID or alias')
    .action(act(context, async ([id], options) => {
      const client = await context.connect(options)
      await client.remove(id!, { signal: context.signal })
      return { data: { id }, text: `removed ${id}` }
    }))
}
