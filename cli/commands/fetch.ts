/**
 * `fetch`: a title becomes one playable file; a segment or block, its bytes; checked before written
 */

import { Command } from 'commander'
import type { ControlClient } from '../../protocols/control/client.ts'
import type { BytesBySource } from '../../protocols/control/index.ts'
import { formatBytes, formatDuration } from '../../protocols/units.ts'
import { act, type CliContext, type NodeOptions, takesNodeOptions } from '../context.ts'
import { type FetchSource, fetchSource } from '../fetch-source.ts'
import type { Result } from '../output.ts'
import { outputPath, STDOUT, writeOutput } from '../output-file.ts'
import type { Piece } from '../title-reader.ts'

const KINDS = ['local', 'peer', 'edge', 'origin'] as const

interface FetchOptions extends NodeOptions { output?: string, rendition?: string }

export function fetchCommand (context: CliContext): Command {
  return takesNodeOptions(new Command('fetch'))
    .description('Write a title, segment or block to a file')
    .argument('<id>', 'content ID, alias, <content ID>/<rendition>/<n>, or CID of a block')
    .option('-o, --output <file>', 'where to write; - is standard output')
    .option('--rendition <name>', 'which one of the title; that of the highest bit rate otherwise')
    .action(act<FetchOptions>(context, async ([id], options) =>
      await context.withNode(options, async client => await run(context, client, id!, options))))
}

async function run (
  context: CliContext, client: ControlClient, id: string, { output, rendition }: FetchOptions
): Promise<Result> {
  const startedMs = performance.now()
  const { signal, stdout } = context
  const options = { signal, ...rendition !== undefined && { rendition } }
  const source = await fetchSource(client, id, options)
  const path = outputPath(output, source.name)
  const sources: BytesBySource = { local: 0, peer: 0, edge: 0, origin: 0 }
  let size = 0
  await writeOutput(path, counted(source, context, piece => {
    size += piece.bytes.byteLength
    for (const kind of KINDS) sources[kind] += piece.sources[kind]
  }), stdout)
  const { name: _, pieces: __, ...facts } = source
  const elapsedMs = Math.round(performance.now() - startedMs)
  const data = { ...facts, path, size, elapsedMs, sources }
  return { data, text: summary(data), isAside: path === STDOUT }
}

async function * counted (
  { pieces, title, id, durationMs }: FetchSource, { progress, signal }: CliContext,
  count: (piece: Piece) => void
): AsyncGenerator<Uint8Array> {
  for await (const piece of pieces) {
    signal.throwIfAborted()
    count(piece)
    progress.show(title ?? id, durationMs === undefined ? 0 : piece.readMs / durationMs)
    yield piece.bytes
  }
}

function summary (
  { path, size, elapsedMs, sources, durationMs }: {
    path: string, size: number, elapsedMs: number, sources: BytesBySource, durationMs?: number
  }
): string {
  const from = Object.entries(sources).filter(([, bytes]) => bytes > 0)
    .map(([kind, bytes]) => `${kind} ${formatBytes(bytes)}`)
  const media = durationMs === undefined ? '' : `, ${formatDuration(durationMs)} of media`
  const came = from.length === 0 ? '' : ` (${from.join(', ')})`
  return `${path}: ${formatBytes(size)}${media}, verified, in ${formatDuration(elapsedMs)}${came}`
}
