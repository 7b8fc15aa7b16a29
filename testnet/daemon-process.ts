/**
 * One daemon as a real process. in: a role and its settings. out: a process that said `ready`, its
 * addresses, and ways to end it.
 */

import { type ChildProcess, spawn } from 'node:child_process'
import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Role } from '../protocols/exchange/index.ts'
import type { Conduct } from './conduct.ts'
import {
  type Daemon, type DaemonSettings, type DaemonStart, regionOfDaemon, writeSettings
} from './daemon.ts'

const OWN_ADDRESS = new URL('./own-address.ts', import.meta.url)
const SKEWED_CLOCK = new URL('./skewed-clock.ts', import.meta.url)
const BAD_PEER = fileURLToPath(new URL('./bad-peer.ts', import.meta.url))
const CDND = fileURLToPath(new URL('../cli/cdnd.ts', import.meta.url))
/** As the launcher has it. */
const V8_FLAGS = ['--max-semi-space-size=4']
const READY_TIMEOUT_MS = 60_000
const STOP_TIMEOUT_MS = 8_000
/** Of the log, in the message that a daemon ended too soon. */
const LAST_LINES = 6

export interface ProcessSettings extends DaemonSettings {
  /** What an origin publishes once it runs. */
  files?: string[]
  /** Another entry point: a build, or a daemon that misbehaves on purpose. */
  entry?: string
  /** A command that runs it, such as `ip netns exec NAME`. */
  within?: readonly string[]
}

export class DaemonProcess implements Daemon {
  readonly name: string
  readonly role: Role
  /** The `key=value` pairs of the ready line. */
  ready: Record<string, string> = {}
  readonly #settings: ProcessSettings
  #conduct: Conduct
  #child: ChildProcess | undefined
  #exited: Promise<number> = Promise.resolve(0)

  constructor (settings: ProcessSettings) {
    this.name = settings.name
    this.role = settings.role
    this.#settings = settings
    this.#conduct = settings.conduct ?? {}
  }

  get pid (): number | undefined { return this.isRunning ? this.#child?.pid : undefined }
  get region (): string { return regionOfDaemon(this.#settings) }
  get logPath (): string { return join(this.#settings.folder, 'log') }
  get isRunning (): boolean {
    const child = this.#child
    return child?.pid != null && child.exitCode == null && child.signalCode == null
  }

  /**
   * Starts the process and waits for its ready line; a second call after its end restarts it on
   * the same data. Rejects with the daemon's last words when it ends instead.
   */
  async start (options: DaemonStart = {}): Promise<void> {
    const { role, files = [], within = [], entry = CDND } = this.#settings
    const { clockSkewMs, ...conduct } = this.#conduct
    const { address } = options
    const configPath = await writeSettings(this.#settings, options.config)
    // A process started after the end of the run would be nobody's to stop.
    options.signal?.throwIfAborted()
    // The IPC channel ends the daemon when this process is killed and cannot say so.
    const first = [
      ...(address == null ? [] : ['--import', `${OWN_ADDRESS}?${address}`]),
      ...(clockSkewMs == null ? [] : ['--import', `${SKEWED_CLOCK}?${clockSkewMs}`])
    ]
    const isBad = Object.keys(conduct).length > 0
    const program = isBad ? [BAD_PEER, JSON.stringify(conduct)] : [entry]
    const args = [...V8_FLAGS, ...first, ...program, role, '--config', configPath, ...files]
    const [command, ...words] = [...within, process.execPath, ...args]
    const child = spawn(command!, words, { stdio: ['ignore', 'pipe', 'pipe', 'ipc'] })
    this.#child = child
    this.#exited = new Promise(resolve => {
      child.once('close', (code, signal) => resolve(code ?? (signal == null ? 0 : 128)))
      child.once('error', () => resolve(1))
    })
    this.ready = await this.#untilReady(child, options.signal)
  }

  async #untilReady (child: ChildProcess, signal?: AbortSignal): Promise<Record<string, string>> {
    const lastWords = this.#follow(child)
    const deadline = AbortSignal.timeout(READY_TIMEOUT_MS)
    const ends = signal == null ? deadline : AbortSignal.any([deadline, signal])
    return await new Promise((resolve, reject) => {
      createInterface({ input: child.stdout as NodeJS.ReadableStream }).on('line', line => {
        if (/^cdnd \w+ ready /.test(line)) resolve(parseReadyLine(line))
      })
      ends.addEventListener('abort', () => {
        signal?.aborted === true
          ? reject(signal.reason)
          : reject(new Error(`${this.name} was not ready in ${READY_TIMEOUT_MS / 1000} s; ` +
            `its log is ${this.logPath}`))
      }, { once: true })
      void this.#exited.then(code => {
        reject(new Error([
          `${this.name} ended with exit code ${code} before it was ready:`, ...lastWords
        ].join('\n')))
      })
    })
  }

  /** Writes what the daemon says into its log; the last lines of it, as they come. */
  #follow (child: ChildProcess): readonly string[] {
    const stderr = child.stderr as NodeJS.ReadableStream
    const lastLines: string[] = []
    stderr.pipe(createWriteStream(this.logPath, { flags: 'a' }))
    createInterface({ input: stderr }).on('line', line => {
      lastLines.push(line)
      if (lastLines.length > LAST_LINES) lastLines.shift()
    })
    return lastLines
  }

  /** Asks it to stop and waits for its end; kills it when it does not. */
  async stop (): Promise<void> {
    if (!this.isRunning) return
    this.#child?.kill('SIGTERM')
    const timer = setTimeout(() => this.#child?.kill('SIGKILL'), STOP_TIMEOUT_MS)
    await this.#exited
    clearTimeout(timer)
  }

  async conduct (conduct: Conduct): Promise<void> {
    this.#conduct = conduct
  }

  /** Its links keep to them. */
  async rewire (): Promise<void> {}

  /** As `kill -9` does. */
  async kill (): Promise<void> {
    if (!this.isRunning) return
    this.#child?.kill('SIGKILL')
    await this.#exited
  }
}

/** `cdnd peer ready a=1 b=2` → { a: '1', b: '2' } */
export function parseReadyLine (line: string): Record<string, string> {
  return Object.fromEntries(line.split(' ').filter(word => word.includes('=')).map(word => {
    const at = word.indexOf('=')
    return [word.slice(0, at), word.slice(at + 1)]
  }))
}
