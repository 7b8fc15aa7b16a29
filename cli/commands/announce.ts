/**
 * `announce`: tells the network what this node holds of a title, or has it keep a file and tell of
 * that.
 */

import { readFile, stat } from 'node:fs/promises'
import { Command } from 'commander'
import type { ControlClient } from '../../protocols/control/client.ts'
import { BodyTooLargeError } from '../../protocols/errors.ts'
import { MAX_SEGMENT_BYTES } from '../../protocols/limits.ts'
import { formatBytes } from '../../protocols/units.ts'
import { act, type CliContext, type NodeOptions, takesNodeOptions } from '../context.ts'
import type { Result } from '../output.ts'

export function announceCommand (context: CliContext): Command {
  return takesNodeOptions(new Command('announce'))
    .description('Tell the network what this node holds of a title, or of a file it is to keep')
    .argument('<file-or-id>', 'a file of at most one segment, its CID, a content ID or alias')
    .action(act<NodeOptions>(context, async ([what], options) =>
      await context.withNode(options, async client => {
        const result = await announce(client, what!, context)
        if (options.bootstrap !== undefined) await untilStopped(context, result)
        return result
      })))
}

async function announce (
  client: ControlClient, what: string, { signal }: CliContext
): Promise<Result> {
  const size = await fileSize(what)
  if (size === undefined) {
    await client.announce(what, { signal })
    return { data: { id: what }, text: `announced ${what}` }
  }
  if (size > MAX_SEGMENT_BYTES) {
    const most = formatBytes(MAX_SEGMENT_BYTES)
    throw new BodyTooLargeError(`${what} has ${formatBytes(size)}, a segment at most ${most}: ` +
      'have an origin publish it, by "cdn-cli publish"')
  }
  const added = await client.addSegment(await readFile(what, { signal }), { signal })
  const told = added.announced.join(', ')
  const heard = told === '' ? 'nobody could be told yet, trying on' : `told ${told}`
  const text = `announced ${what} (${formatBytes(added.size)}) as ${added.cid}: ${heard}`
  return { data: added, text }
}

/** Undefined when it is no file. */
async function fileSize (path: string): Promise<number | undefined> {
  const found = await stat(path).catch(() => undefined)
  return found?.isFile() === true ? found.size : undefined
}

/** A node of our own serves what it announced until it is stopped. */
async function untilStopped ({ signal, stderr }: CliContext, { text }: Result): Promise<void> {
  stderr.write(`${text}; serving it until Ctrl-C\n`)
  if (signal.aborted) return
  await new Promise<void>(resolve => {
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
