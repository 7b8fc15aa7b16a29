/**
 * `publish`: has the running origin make a title of a file.
 */

import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { Command } from 'commander'
import type { PublishProgress, PublishRequest } from '../../protocols/control/index.ts'
import { InvalidArgumentError, UpstreamError } from '../../protocols/errors.ts'
import { formatBytes, formatDuration } from '../../protocols/units.ts'
import { act, type CliContext, type GlobalOptions } from '../context.ts'
import type { Result } from '../output.ts'

interface PublishOptions extends GlobalOptions {
  title?: string
  alias?: string
  bitrates?: string
  segment?: string
  ladder?: boolean
}

const STAGES = { transcode: 'encoding', hash: 'hashing', store: 'storing' } as const

export function publishCommand (context: CliContext): Command {
  return new Command('publish')
    .description('Publish an audio or video file at the running origin')
    .argument('<file>', 'anything ffmpeg reads')
    .option('--title <text>', 'what listeners see; the name of the file otherwise')
    .option('--alias <name>', 'a name for the title in place of its ID, at this origin')
    .option('--bitrates <list>', 'audio bit rates, a rendition each, such as 64k,128k,256k')
    .option('--segment <duration>', 'length of a segment, 2s to 10s')
    .option('--ladder', 'video in several sizes')
    .action(act<PublishOptions>(context, async ([file], options) =>
      await publish(context, file!, options)))
}

async function publish (
  context: CliContext, file: string, options: PublishOptions
): Promise<Result> {
  const { title, alias, bitrates, segment, ladder } = options
  const { progress, signal } = context
  const path = resolve(file)
  const found = await stat(path).catch(() => undefined)
  if (found?.isFile() !== true) throw new InvalidArgumentError(`there is no file ${path}`)
  const client = await context.connect(options, 'origin')
  const request: PublishRequest = {
    path,
    ...title !== undefined && { title },
    ...alias !== undefined && { alias },
    ...bitrates !== undefined && { bitrates: bitrates.split(',') },
    ...segment !== undefined && { segment },
    ...ladder !== undefined && { ladder }
  }
  for await (const update of client.publish(request, { signal })) {
    if (update.stage === 'done') return { data: update, text: published(update) }
    if (update.stage !== 'failed') progress.show(STAGES[update.stage], update.percent / 100)
  }
  throw new UpstreamError('the origin ended before it said that the title is published')
}

function published (
  { id, title, alias, durationMs, size, renditions }: Extract<PublishProgress, { stage: 'done' }>
): string {
  const named = alias === undefined ? '' : `\nalias ${alias}`
  const facts = [formatDuration(durationMs), formatBytes(size), renditions.join(' ')].join(', ')
  return `published "${title}": ${facts}\n${id}${named}`
}
