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
import { delayOf, latenessOf, type NetworkShape } from './distance.ts'
import { Division } from './division.ts'
import { mayDial } from './reachability.ts'
import { ShapedPipe } from './shaped-pipe.ts'
import { type HostShape, Wires } from './wires.ts'

export interface SocketAddress { host: string, port: number }

export class LinkProxy {
  readonly #shape: NetworkShape
  readonly #hosts = new Map<string, Wires>()
  readonly #division = new Division()
  readonly #servers = new Set<Server>()
  readonly #sockets = new Set<Socket>()
  readonly #dialing = new Set<NodeJS.Timeout>()

  constructor (shape: NetworkShape) {
    this.#shape = shape
  }

  /** Says what wires a host has, before it connects to anybody; or other ones from now on. */
  addHost (address: string, shape: HostShape): void {
    const known = this.#hosts.get(address)
    known == null ? this.#hosts.set(address, new Wires(shape)) : known.change(shape)
  }

  /** As {@link Division.divide}. */
  divide (sides: ReadonlyArray<readonly string[]>): void {
    this.#division.divide(sides)
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
      if (!this.#mayDial(remoteAddress, target.host)) {
        keepSilent(near)
        return
      }
      const far = connect({ ...target, allowHalfOpen: true, noDelay: true })
      this.#track(far)
      const way = {
        delayMs,
        latenessMs: (bytes: number) => latenessOf(this.#shape, delayMs, bytes, Math.random),
        apart: {
          isNow: () => this.#division.isBetween(remoteAddress, target.host),
          follow: (changed: () => void) => this.#division.follow(changed)
        }
      }
      const { upload, download } = listener
      new ShapedPipe(near, far, { ...way, upload: dialer.upload, download, openMs })
      new ShapedPipe(far, near, { ...way, upload, download: dialer.download, openMs: 0 })
    }, delayMs)
    this.#dialing.add(timer)
  }

  #wiresOf (address: string): Wires {
    return this.#hosts.get(address) ?? new Wires()
  }

  #mayDial (from: string, to: string): boolean {
    return mayDial(this.#shape.reach, from, to) && !this.#division.isBetween(from, to)
  }

  #track (socket: Socket): void {
    this.#sockets.add(socket)
    socket.once('close', () => { this.#sockets.delete(socket) })
  }
}

/** As a firewall that drops what comes: who dials finds out by its own deadline. */
function keepSilent (socket: Socket): void {
  socket.on('end', () => { socket.destroy() }).resume()
}
