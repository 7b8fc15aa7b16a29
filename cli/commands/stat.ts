/**
 * `stat`: one title, with what we hold of it and who else may have it; or one segment of it.
 */

import { Command } from 'commander'
import type { SegmentId } from '../../protocols/content/index.ts'
import { NotInManifestError } from '../../protocols/errors.ts'
import type { TitleDetail } from '../../protocols/control/index.ts'
import { formatBytes, formatDuration } from '../../protocols/units.ts'
import { parseId } from '../content-ids.ts'
import { act, type CliContext, type GlobalOptions } from '../context.ts'
import { fields, type Result, table } from '../output.ts'

export function statCommand (context: CliContext): Command {
  return new Command('stat')
    .description('Say what is known of a title or one of its segments')
    .argument('<id>', 'content ID, alias or <content ID>/<rendition>/<n>')
    .action(act<GlobalOptions>(context, async ([text], options) => {
      const client = await context.connect(options)
      const id = parseId(text!)
      const titleId = id.kind === 'segment' ? `${id.id.content}` : text!
      const title = await client.title(titleId, { signal: context.signal })
      return id.kind === 'segment' ? ofSegment(title, id.id) : ofTitle(title)
    }))
}

function ofTitle (data: TitleDetail): Result {
  const rows = data.renditions.map(({ name, bandwidth, codecs, segments, blocks, held, size }) => [
    name, `${Math.round(bandwidth / 1000)} kbit/s`, codecs, `${segments}`, `${held}/${blocks}`,
    formatBytes(size)
  ])
  const head = ['RENDITION', 'BANDWIDTH', 'CODECS', 'SEGMENTS', 'BLOCKS HELD', 'SIZE']
  const facts = fields({
    id: data.id,
    title: data.title,
    alias: data.alias ?? 'none',
    publisher: data.publisher,
    length: formatDuration(data.durationMs),
    size: `${formatBytes(data.size)}, ${formatBytes(data.heldBytes)} of it here`,
    pinned: data.isPinned ? 'yes' : 'no',
    providers: data.providers.map(({ peer, via }) => `${peer} (${via})`).join('\n') || 'none known'
  })
  return { data, text: `${facts}\n\n${table(head, rows, 'no renditions')}` }
}

function ofSegment (title: TitleDetail, { rendition, number }: SegmentId): Result {
  const data = title.segments[rendition]?.[number]
  if (data === undefined) {
    throw new NotInManifestError(`"${title.title}" has no segment ${rendition}/${number}`)
  }
  const { id, cid, durationMs, size, blocks, held } = data
  const length = formatDuration(durationMs)
  const facts = { id, cid, length, size: formatBytes(size), blocks: `${held}/${blocks} held` }
  return { data, text: fields(facts) }
}
