/**
 * Media to ingest, made by the ffmpeg that is there. Its generators are no files, so fluent-ffmpeg
 * is not asked.
 */

import { execFile } from 'node:child_process'
import { open, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type FfmpegBinary, findFfmpeg } from '../../origin/find-ffmpeg.ts'

const execute = promisify(execFile)

/** The music kept with the project: 143.68 s of Ogg Vorbis. */
export const REAL_TRACK = new URL('../../assets/metal-madness.ogg', import.meta.url).pathname
export const REAL_TRACK_MS = 143_684

const TONE = 'sine=frequency=330:sample_rate=48000'

let found: Promise<FfmpegBinary> | undefined

/** The ffmpeg under test; `CDND_FFMPEG` chooses it. */
export async function ffmpegUnderTest (): Promise<FfmpegBinary> {
  found ??= findFfmpeg()
  return await found
}

/** Runs it; what it says on stderr. */
export async function runFfmpeg (...args: string[]): Promise<string> {
  const { path } = await ffmpegUnderTest()
  return (await execute(path, ['-hide_banner', '-nostdin', '-nostats', '-y', ...args])).stderr
}

/** `seconds` of a tone in whatever `name`'s extension says. */
export async function makeTone (
  folder: string, name: string, seconds: number, ...options: string[]
): Promise<string> {
  const path = join(folder, name)
  await runFfmpeg('-f', 'lavfi', '-i', `${TONE}:duration=${seconds}`, ...options, path)
  return path
}

/** `seconds` of a moving test picture with a tone. */
export async function makeFilm (
  folder: string, name: string, seconds: number, size: string, ...options: string[]
): Promise<string> {
  const path = join(folder, name)
  await runFfmpeg(
    '-f', 'lavfi', '-i', `testsrc=size=${size}:rate=25:duration=${seconds}`,
    '-f', 'lavfi', '-i', `${TONE}:duration=${seconds}`,
    '-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p',
    '-c:a', 'aac', ...options, path
  )
  return path
}

/** The first `share` of a file's bytes as a file beside it. */
export async function cutFile (path: string, share: number): Promise<string> {
  const { size } = await stat(path)
  const source = await open(path)
  const cut = path.replace(/[^/]+$/, name => `cut-${name}`)
  const target = await open(cut, 'w')
  try {
    const length = Math.floor(size * share)
    const { buffer } = await source.read({ buffer: Buffer.alloc(length), position: 0 })
    await target.write(buffer)
  } finally {
    await source.close()
    await target.close()
  }
  return cut
}

/** Milliseconds that ffmpeg plays of an input when it decodes all of it. */
export async function playedMs (input: string, stream: 'a' | 'v'): Promise<number> {
  const said = await runFfmpeg(
    '-i', input, '-map', `0:${stream}:0`, '-progress', 'pipe:2', '-f', 'null', '-'
  )
  const reports = Array.from(said.matchAll(/^out_time_us=(\d+)$/gm), match => Number(match[1]))
  return (reports.at(-1) ?? 0) / 1000
}
