/**
 * An HTTP server that says it is an origin of the network, and answers as a test wishes.
 * in: a bootstrap's tracker, what to answer. out: a source that peers take up, and what they asked.
 */

import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { generateKeyPair } from '@libp2p/crypto/keys'
import type { PrivateKey } from '@libp2p/interface'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { httpTransport, NodeSigner, TrackerClient } from '../../protocols/tracker/index.ts'

export type Answer = (request: IncomingMessage, response: ServerResponse) => void

export class FalseServer {
  /** Paths asked for, the probes of `/health` left out. */
  readonly asked: string[] = []
  readonly #server: Server
  readonly #privateKey: PrivateKey

  private constructor (server: Server, privateKey: PrivateKey) {
    this.#server = server
    this.#privateKey = privateKey
  }

  static async start (answer: Answer): Promise<FalseServer> {
    const server = createServer((request, response) => {
      if (request.url === '/health') return response.end('{}')
      self.asked.push(request.url!)
      answer(request, response)
    }).listen(0, '127.0.0.1')
    const self: FalseServer = new FalseServer(server, await generateKeyPair('Ed25519'))
    await once(server, 'listening')
    return self
  }

  get url (): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  get peer (): string {
    return peerIdFromPrivateKey(this.#privateKey).toString()
  }

  /** Says at a tracker what every origin says of itself. */
  async register (tracker: string, network = 'e2e'): Promise<void> {
    const signer = new NodeSigner({
      privateKey: this.#privateKey,
      describe: () =>
        ({ network, role: 'origin', region: 'eu', addresses: [], rtts: [], http: this.url })
    })
    const parts = { ask: httpTransport(tracker), signer }
    await new TrackerClient(parts, { network, region: 'eu' }).heartbeat()
  }

  stop (): void {
    this.#server.closeAllConnections()
    this.#server.close()
  }
}
