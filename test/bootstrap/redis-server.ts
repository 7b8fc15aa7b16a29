/**
 * A real Redis for one test file: Debian's `redis-server`, in memory only.
 * in: nothing. out: a URL; it can be ended, started again without its memory, and held up.
 */

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'

const READY_TIMEOUT_MS = 10_000

export class RedisServer {
  readonly port: number
  #process: ChildProcess | undefined

  private constructor (port: number) { this.port = port }

  /** On a free port. */
  static async start (): Promise<RedisServer> {
    const server = new RedisServer(await freePort())
    await server.start()
    return server
  }

  get pid (): number | undefined { return this.#process?.pid }
  get url (): string { return `redis://127.0.0.1:${this.port}` }

  async start (): Promise<void> {
    const child = spawn('redis-server', [
      '--port', `${this.port}`, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'
    ], { stdio: ['ignore', 'pipe', 'ignore'] })
    this.#process = child
    const ready = Promise.withResolvers<void>()
    const timer = setTimeout(() => { ready.reject(new Error('redis-server is not ready')) },
      READY_TIMEOUT_MS)
    child.on('error', cause => {
      ready.reject(new Error('cannot run redis-server: apt-get install redis-server', { cause }))
    })
    child.stdout.on('data', text => {
      if (`${text}`.includes('Ready to accept connections')) ready.resolve()
    })
    await ready.promise.finally(() => { clearTimeout(timer) })
  }

  /** What it held is gone. */
  async stop (): Promise<void> {
    const child = this.#process
    this.#process = undefined
    if (child?.exitCode !== null) return
    child.kill('SIGKILL')
    await once(child, 'exit')
  }

  /** It takes connections and answers nothing, until {@link resume}. */
  hang (): void { this.#process?.kill('SIGSTOP') }

  resume (): void { this.#process?.kill('SIGCONT') }
}

async function freePort (): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
