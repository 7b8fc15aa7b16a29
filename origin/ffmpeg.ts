/**
 * Running ffmpeg: the only file that knows fluent-ffmpeg.
 * in: an input file and ffmpeg's options. out: whether it succeeded, and what it said.
 */

import { execFile } from 'node:child_process'
import fluent, { type FfmpegCommand } from 'fluent-ffmpeg'
import { DeadlineError } from '../protocols/errors.ts'
import { assertRuns, type FfmpegBinary } from './find-ffmpeg.ts'

/** ffmpeg is given up when the time it has written up to stands still for this long. */
export const DEFAULT_STALL_MS = 120_000

const INSPECT_TIMEOUT_MS = 60_000
const MAX_INSPECTION_BYTES = 4 * 1024 * 1024
const MAX_LOG_LINES = 60
/** A media file may name others; only files are followed, never the network. */
const ONLY_FILES = ['-protocol_whitelist', 'file']
const PROGRESS = ['-nostats', '-progress', 'pipe:2']

export interface FfmpegRun {
  /** Absolute path. */
  input: string
  options: string[]
  /** An existing folder to run in: names in it need no escaping from ffmpeg's patterns. */
  folder: string
  /** Path, or the pattern of one, in that folder. */
  output: string
}

export interface FfmpegRunOptions {
  signal?: AbortSignal
  /** Milliseconds of media written so far, by all or by the slowest of the streams. */
  onProgress?: (outMs: number) => void
  /** Each line ffmpeg says, progress reports left out. */
  onLine?: (line: string) => void
  /** See {@link DEFAULT_STALL_MS}. Higher: slow disks; lower: a stuck run is noticed sooner. */
  stallMs?: number
}

export interface FfmpegOutcome {
  isSuccess: boolean
  /** Its last lines. */
  log: string[]
}

export class Ffmpeg {
  readonly binary: FfmpegBinary

  constructor (binary: FfmpegBinary) {
    this.binary = binary
  }

  /**
   * What `ffmpeg -i` says of a file, whether it can read it or not.
   *
   * @throws FfmpegNotFoundError DeadlineError
   */
  async inspect (input: string, options: { signal?: AbortSignal } = {}): Promise<string> {
    await assertRuns(this.binary.path)
    const args = ['-hide_banner', '-nostdin', ...ONLY_FILES, '-i', input]
    const { signal } = options
    const limits = { signal, timeout: INSPECT_TIMEOUT_MS, maxBuffer: MAX_INSPECTION_BYTES }
    return await new Promise((resolve, reject) => {
      execFile(this.binary.path, args, limits, (err, _stdout, stderr) => {
        // Without an output file it always exits with an error: only being killed is one to us.
        if (signal?.aborted === true) reject(signal.reason)
        else if (err?.killed !== true) resolve(stderr)
        else reject(new DeadlineError(`ffmpeg did not read ${input} in time`))
      })
    })
  }

  /**
   * Runs ffmpeg to its end; a failure of ffmpeg's is an outcome. Aborting kills it, and rejects
   * when it is gone.
   *
   * @throws FfmpegNotFoundError DeadlineError
   */
  async run (run: FfmpegRun, options: FfmpegRunOptions = {}): Promise<FfmpegOutcome> {
    options.signal?.throwIfAborted()
    await assertRuns(this.binary.path)
    const stall = new AbortController()
    const signal = AbortSignal.any([stall.signal, options.signal].filter(each => each != null))
    const stallMs = options.stallMs ?? DEFAULT_STALL_MS
    const timer = setTimeout(() => {
      stall.abort(new DeadlineError(`ffmpeg made no progress on ${run.input} for ${stallMs} ms`))
    }, stallMs)
    const log = new RunLog(options, () => { timer.refresh() })
    try {
      const isSuccess = await execute(this.#command(run), log, signal)
      return { isSuccess, log: log.lines }
    } finally {
      clearTimeout(timer)
    }
  }

  #command ({ input, options, folder, output }: FfmpegRun): FfmpegCommand {
    return startingSafely(fluent(input, { cwd: folder }))
      .setFfmpegPath(this.binary.path)
      .inputOptions('-nostdin', ...ONLY_FILES)
      .outputOptions(...PROGRESS, ...options)
      .output(output)
  }
}

type Spawn = (...args: unknown[]) => void
type OnEnd = (err: Error | null, ...said: Array<{ get: () => string }>) => void
const SAID_NOTHING = { get: () => '' }

/**
 * fluent-ffmpeg reads what ffmpeg said also when it could not be started, for want of its folder or
 * of memory, and then throws where nobody can catch it.
 */
function startingSafely (command: FfmpegCommand): FfmpegCommand {
  const unsafe = command as unknown as { _spawnFfmpeg: Spawn }
  const spawn = unsafe._spawnFfmpeg
  unsafe._spawnFfmpeg = (...args) => {
    const onEnd = args.pop() as OnEnd
    const onSafeEnd: OnEnd = (err, out = SAID_NOTHING, said = SAID_NOTHING) => {
      onEnd(err, out, said)
    }
    spawn.call(command, ...args, onSafeEnd)
  }
  return command
}

/** True when ffmpeg succeeded; rejects with the signal's reason once ffmpeg is gone. */
async function execute (
  command: FfmpegCommand, log: RunLog, signal: AbortSignal
): Promise<boolean> {
  const kill = (): void => { command.kill('SIGKILL') }
  signal.addEventListener('abort', kill)
  try {
    const isSuccess = await new Promise<boolean>(resolve => {
      command
        .on('start', () => { if (signal.aborted) kill() })
        .on('stderr', (line: string) => { log.add(line) })
        .on('error', (err: Error) => {
          log.add(err.message)
          resolve(false)
        })
        .on('end', () => { resolve(true) })
        .run()
    })
    signal.throwIfAborted()
    return isSuccess
  } finally {
    signal.removeEventListener('abort', kill)
  }
}

/** What ffmpeg said, its progress reports taken out and read. */
class RunLog {
  readonly lines: string[] = []
  #outMs = 0
  readonly #options: FfmpegRunOptions
  readonly #onAdvance: () => void

  constructor (options: FfmpegRunOptions, onAdvance: () => void) {
    this.#options = options
    this.#onAdvance = onAdvance
  }

  add (line: string): void {
    const report = /^([a-z_0-9]+)=\s*(\S+)$/.exec(line)
    if (report == null) {
      this.lines.push(line)
      if (this.lines.length > MAX_LOG_LINES) this.lines.shift()
      this.#options.onLine?.(line)
    } else if (report[1] === 'out_time_us') {
      this.#advance(Number(report[2]) / 1000)
    }
  }

  #advance (outMs: number): void {
    if (!(outMs > this.#outMs)) return
    this.#outMs = outMs
    this.#onAdvance()
    this.#options.onProgress?.(outMs)
  }
}
