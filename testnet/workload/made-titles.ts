/**
 * Titles made of noise and a tone, published once by a real origin and kept for the next run.
 * in: lengths and seeds. out: what was published, and the origin's data folder to start others on.
 */

import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { globSync, readFileSync } from 'node:fs'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import PQueue from 'p-queue'
import { findFfmpeg } from '../../origin/index.ts'
import { createControlClient } from '../../protocols/control/client.ts'
import { DaemonProcess } from '../daemon-process.ts'
import { mediaFiles } from '../player.ts'
import { publish } from './publish.ts'
import type { TracedTitle } from './trace.ts'

/** An init section (no duration) or a segment. */
export interface MadeFile { name: string, durationMs: number, size: number, sha256: string }

export interface MadeTitle {
  name: string
  id: string
  rendition: string
  durationMs: number
  /** Of all files. */
  size: number
  files: MadeFile[]
}

export interface MadeTitles {
  titles: MadeTitle[]
  /** The data folder of the origin that published them; to be copied, not run on. */
  data: string
}

const ROOT = resolve(import.meta.dirname, '..', '..')
const PARALLEL = 2
const LIST = 'titles.json'

/** Makes what is not there yet, in `out/bench-titles`. */
export async function madeTitles (
  specs: TracedTitle[], options: { signal: AbortSignal }
): Promise<MadeTitles> {
  const folder = join(ROOT, 'out', 'bench-titles', keyOf(specs))
  const data = join(folder, 'data')
  const kept = await readFile(join(folder, LIST), 'utf8').catch(() => undefined)
  if (kept != null) return { titles: JSON.parse(kept) as MadeTitle[], data }
  const making = `${folder}.making`
  await rm(making, { recursive: true, force: true })
  await mkdir(making, { recursive: true })
  const titles = await make(specs, making, options)
  await writeFile(join(making, LIST), JSON.stringify(titles))
  await rm(folder, { recursive: true, force: true })
  await rename(making, folder)
  return { titles, data }
}

/** sha256 by name of the files to play: all, or only as many as a start needs. */
export function expectedOf ({ files }: MadeTitle, count = files.length): Map<string, string> {
  return new Map(files.slice(0, count).map(({ name, sha256 }) => [name, sha256]))
}

/** What decides over the bytes that come out. */
function keyOf (specs: TracedTitle[]): string {
  const hash = createHash('sha256').update(JSON.stringify(specs))
  for (const file of globSync('{origin,protocols/content}/*.ts', { cwd: ROOT }).sort()) {
    hash.update(readFileSync(join(ROOT, file)))
  }
  return hash.digest('hex').slice(0, 16)
}

async function make (
  specs: TracedTitle[], folder: string, { signal }: { signal: AbortSignal }
): Promise<MadeTitle[]> {
  console.log(`making ${specs.length} titles; the next run finds them made`)
  const origin = new DaemonProcess({
    name: 'origin',
    role: 'origin',
    folder,
    config: {
      listen: ['/ip4/127.0.0.1/tcp/0'],
      gateway: { host: '127.0.0.1', port: 0 },
      control: { host: '127.0.0.1', port: 0 },
      store: { keepFree: '0' },
      origin: { keepMasters: 'off' }
    }
  })
  await origin.start({ signal })
  try {
    const queue = new PQueue({ concurrency: PARALLEL })
    return await Promise.all(specs.map(spec =>
      queue.add(() => makeOne(origin, folder, spec, signal))))
  } finally {
    await origin.stop()
  }
}

async function makeOne (
  origin: DaemonProcess, folder: string, spec: TracedTitle, signal: AbortSignal
): Promise<MadeTitle> {
  const path = join(folder, `${spec.name}.wav`)
  await makeSound(path, spec, signal)
  const control = await createControlClient({ data: join(folder, 'data') })
  const { id, renditions: [rendition = ''] } = await publish(control, { path, title: spec.name })
  await rm(path)
  const base = `${origin.ready.gateway}/hls/${id}/${rendition}`
  const files: MadeFile[] = []
  for (const { name, durationMs } of await mediaFiles(`${base}/index.m3u8`, signal)) {
    const bytes = await (await fetch(`${base}/${name}`, { signal })).bytes()
    const sha256 = createHash('sha256').update(bytes).digest('hex')
    files.push({ name, durationMs, size: bytes.byteLength, sha256 })
  }
  const sum = (of: (file: MadeFile) => number): number =>
    files.reduce((total, file) => total + of(file), 0)
  return {
    name: spec.name,
    id,
    rendition,
    durationMs: sum(({ durationMs }) => durationMs),
    size: sum(({ size }) => size),
    files
  }
}

/** Noise, so that no two titles have a block in common and none is smaller than music. */
async function makeSound (
  path: string, { seconds, seed }: TracedTitle, signal: AbortSignal
): Promise<void> {
  const { path: ffmpeg } = await findFfmpeg()
  const common = `sample_rate=44100:duration=${seconds}`
  await promisify(execFile)(ffmpeg, [
    '-hide_banner', '-loglevel', 'error', '-nostdin',
    '-f', 'lavfi', '-i', `anoisesrc=color=pink:amplitude=0.4:seed=${seed}:${common}`,
    '-f', 'lavfi', '-i', `sine=frequency=${220 + seed % 440}:${common}`,
    '-filter_complex', 'amix=inputs=2', '-c:a', 'pcm_s16le', path
  ], { signal })
}
