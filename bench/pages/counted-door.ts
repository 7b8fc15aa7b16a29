/**
 * The way to a server, with a counter on it.
 * in: TCP connections to a port of ours. out: the same to the server's, and the bytes that it sent.
 */

import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

export class CountedDoor {
  readonly url: string
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  #targetPort: number | undefined
  #sentBytes = 0

  private constructor (server: Server) {
    this.#server = server
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    server.on('connection', socket => { this.#pass(socket) })
  }

  /** Connections are refused until {@link lead}. */
  static async open (): Promise<CountedDoor> {
    const server = createServer()
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return new CountedDoor(server)
  }

  /** Bytes that went to clients, HTTP's heads among them. */
  get sentBytes (): number { return this.#sentBytes }

  lead (url: string): void {
    this.#targetPort = Number(new URL(url).port)
  }

  async close (): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    if (!this.#server.listening) return
    this.#server.close()
    await once(this.#server, 'close')
  }

  #pass (client: Socket): void {
    if (this.#targetPort == null) {
      client.destroy()
      return
    }
    const server = connect(this.#targetPort, '127.0.0.1')
    for (const [socket, other] of [[client, server], [server, client]] as const) {
      this.#sockets.add(socket)
      socket.setNoDelay(true)
      // Either end may go at any time; what is left of the other says it.
      socket.on('error', () => { other.destroy() })
      socket.on('close', () => {
        this.#sockets.delete(socket)
        other.destroy()
      })
    }
    server.on('data', ({ byteLength }: Buffer) => { this.#sentBytes += byteLength })
    client.pipe(server)
    server.pipe(client)
  }
}
