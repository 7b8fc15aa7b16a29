/**
 * `pin` and `unpin`: titles that are never evicted.
 */

import { Command } from 'commander'
import { act, type CliContext } from '../context.ts'

export function pinCommand (context: CliContext): Command {
  return new Command('pin')
    .description('Keep a title whatever the quota says')
    .argument('<id>', 'content ID or alias')
    .action(act(context, async ([id], options) => {
      const client = await context.connect(options)
      await client.pin(id!, { signal: context.signal })
      return { data: { id, isPinned: true }, text: `pinned ${id}` }
    }))
}

export function unpinCommand (context: CliContext): Command {
  return new Command('unpin')
    .description('Let a pinned title be evicted again')
    .argument('<id>', 'content ID or alias')
    .action(act(context, async ([id], options) => {
      const client = await context.connect(options)
      await client.unpin(id!, { signal: context.signal })
      return { data: { id, isPinned: false }, text: `unpinned ${id}` }
    }))
}
