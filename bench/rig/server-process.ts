/**
 * Another server as a process. in: a command that listens on a port. out: its URL, once it accepts
 * connections, and its end.
 */

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

const READY_TIMEOUT_MS = 10_000
const POLL_MS = 20

export class ServerProcess {
  readonly url: string
  readonly #child: ChildProcess

  private constructor (child: ChildProcess, port: number) {
    this.#child = child
    this.url = `http://127.0.0.1:${port}`
  }

  get pid (): number { return this.#child.pid! }

  /** Resolves when something accepts connections on the port. */
  static async start (command: string, args: string[], port: number): Promise<ServerProcess> {
    const PATH = `${process.env.PATH}:/usr/sbin:/usr/local/sbin`
    const child = spawn(command, args, {
      stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, PATH }
    })
    let said = ''
    child.stderr.on('data', chunk => { said = `${said}${chunk}`.slice(-2000) })
    const endMs = performance.now() + READY_TIMEOUT_MS
    while (!await accepts(port)) {
      if (child.exitCode != null || performance.now() > endMs) {
        child.kill('SIGKILL')
        throw new Error(`${command} did not come up: ${said}`)
      }
      await sleep(POLL_MS)
    }
    return new ServerProcess(child, port)
  }

  async stop (): Promise<void> {
    if (this.#child.exitCode != null || this.#child.signalCode != null) return
    this.#child.kill('SIGTERM')
    await once(this.#child, 'exit')
  }
}

/** A port nobody listens on now. */
export async function freePort (): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

function accepts (port: number): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect(port, '127.0.0.1', () => { socket.destroy(); resolve(true) })
    socket.once('error', () => { resolve(false) })
  })
}
