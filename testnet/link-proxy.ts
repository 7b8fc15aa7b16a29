/**
 * An emulated network in user space, for kernels without netem.
 * in: where daemons listen. out: addresses through which others reach them as over a network: later
 * by the delay, no faster than the hosts' wires, and connected after a round trip.
 *
 * Each host has an IP address of its own in 127.0.0.0/8, by which a connection's sender is known:
 * its daemon listens there and dials from there (own-address.ts). Who dials from elsewhere has
 * wires without a limit.
 */

import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { delayOf, type NetworkShape } from './distance.ts'
import { RateMeter } from './rate-meter.ts'
import { ShapedPipe } from './shaped-pipe.ts'

export interface HostShape {
  /** Of all it sends, and of all it is sent; unlimited unless given. */
  uploadBytesPerSecond?: number
  downloadBytesPerSecond?: number
}

export interface SocketAddress { host: string, port: number }

interface Wires { upload: RateMeter, download: RateMeter }

export class LinkProxy {
  readonly #shape: NetworkShape
  readonly #hosts = new Map<string, Wires>()
  readonly #servers = new Set<Server>()
  readonly #sockets = new Set<Socket>()
  readonly #dialing = new Set<NodeJS.Timeout>()

  constructor (shape: NetworkShape) {
    this.#shape = shape
  }

  /** Says what wires a host has, before it connects to anybody. */
  addHost (address: string, shape: HostShape): void {
    const { uploadBytesPerSecond = Infinity, downloadBytesPerSecond = Infinity } = shape
    this.#hosts.set(address, {
      upload: new RateMeter(uploadBytesPerSecond), download: new RateMeter(downloadBytesPerSecond)
    })
  }

  /** Where others reach `target`; nobody has to listen there yet. */
  async forward (target: SocketAddress): Promise<SocketAddress> {
    const server = createServer({ allowHalfOpen: true, noDelay: true }, socket => {
      this.#connect(socket, target)
    })
    this.#servers.add(server)
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return { host: '127.0.0.1', port: (server.address() as AddressInfo).port }
  }

  async stop (): Promise<void> {
    for (const timer of this.#dialing) clearTimeout(timer)
    for (const socket of this.#sockets) socket.destroy()
    await Promise.all([...this.#servers].map(async server => {
      server.close()
      await once(server, 'close')
    }))
    this.#servers.clear()
  }

  /** The dialer's first packet is with the listener after one delay, the answer after two. */
  #connect (near: Socket, target: SocketAddress): void {
    const { remoteAddress = '' } = near
    const delayMs = delayOf(this.#shape, remoteAddress, target.host)
    const dialer = this.#wiresOf(remoteAddress)
    const listener = this.#wiresOf(target.host)
    const openMs = performance.now() + 2 * delayMs
    this.#track(near)
    near.on('error', () => {})
    const timer = setTimeout(() => {
      this.#dialing.delete(timer)
      if (near.destroyed) return
      const far = connect({ ...target, allowHalfOpen: true, noDelay: true })
      this.#track(far)
      const { jitterMs = 0 } = this.#shape
      const way = { delayMs, jitterMs }
      const { upload, download } = listener
      new ShapedPipe(near, far, { ...way, upload: dialer.upload, download, openMs })
      new ShapedPipe(far, near, { ...way, upload, download: dialer.download, openMs: 0 })
    }, delayMs)
    this.#dialing.add(timer)
  }

  #wiresOf (address: string): Wires {
    return this.#hosts.get(address) ?? {
      upload: new RateMeter(Infinity), download: new RateMeter(Infinity)
    }
  }

  #track (socket: Socket): void {
    this.#sockets.add(socket)
    socket.once('close', () => { this.#sockets.delete(socket) })
  }
}
