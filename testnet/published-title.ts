/**
 * The title a testnet plays. in: an origin, a file. out: what it published, with the hash of every
 * file of it as the origin has them before anybody listens.
 */

import { createHash } from 'node:crypto'
import type { ControlClient } from '../protocols/control/client.ts'
import type { PublishedTitle as Published } from '../protocols/control/index.ts'
import { mediaFiles } from './player.ts'

export interface PublishedTitle {
  id: string
  /** Bytes of what is played. */
  size: number
  segments: number
  durationMs: number
  /** The one rendition that is played. */
  rendition: string
  /** sha256 in hex, of init section and segments in the order of play. */
  expected: Map<string, string>
}

export interface PublishOptions {
  /** Only so much of it is played; all unless given. */
  playMs?: number
  onProgress: (percent: number) => void
  signal: AbortSignal
}

/** Rejects with what the origin says of a file it cannot publish. */
export async function publishTitle (
  control: ControlClient, gateway: string, path: string, options: PublishOptions
): Promise<PublishedTitle> {
  const { id, renditions } = await publish(control, path, options)
  const [rendition = ''] = renditions
  const base = `${gateway}/hls/${id}/${rendition}`
  const title = {
    id, rendition, size: 0, segments: 0, durationMs: 0, expected: new Map<string, string>()
  }
  for (const { name, durationMs } of await mediaFiles(`${base}/index.m3u8`, options.signal)) {
    if (title.durationMs >= (options.playMs ?? Number.POSITIVE_INFINITY)) break
    const response = await fetch(`${base}/${name}`, { signal: options.signal })
    if (!response.ok) throw new Error(`the origin answered ${response.status} for ${name}`)
    const bytes = new Uint8Array(await response.arrayBuffer())
    title.expected.set(name, createHash('sha256').update(bytes).digest('hex'))
    title.size += bytes.byteLength
    title.durationMs += durationMs
    if (durationMs > 0) title.segments++
  }
  return title
}

async function publish (
  control: ControlClient, path: string, { onProgress, signal }: PublishOptions
): Promise<Published> {
  for await (const progress of control.publish({ path }, { signal })) {
    if (progress.stage === 'done') return progress
    if (progress.stage === 'transcode') onProgress(progress.percent)
  }
  throw new Error(`the origin said no end of publishing ${path}`)
}
