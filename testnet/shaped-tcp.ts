/**
 * libp2p's TCP as if hosts on one machine were far from each other.
 * in: an IP address of its own, the network's shape, the host's wires. out: a transport whose
 * connections open after a round trip, and whose bytes come to the reader in order, each after the
 * delay and no faster than the wires of both ends have it.
 *
 * Each end delays what it receives, so both ends of a connection must have one. What is on its way
 * is bounded by the windows of the muxer above.
 */

import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import type { MultiaddrConnection, Transport, Upgrader } from '@libp2p/interface'
import type { TCPComponents } from '@libp2p/tcp'
import type { Multiaddr } from '@multiformats/multiaddr'
import type { Random } from '../protocols/clock.ts'
import { tcp } from '../protocols/tcp.ts'
import { delayOf, latenessOf, type NetworkShape } from './distance.ts'
import { Division } from './division.ts'
import { mayDial } from './reachability.ts'
import { receiveShaped, type ShapedEnd, sendShaped } from './shaped-end.ts'
import { Wires } from './wires.ts'

export interface ShapedTcpInit {
  /** What it dials from, so that the other side knows where we are. */
  localAddress: string
  shape: NetworkShape
  /** Of this host; unlimited unless given. */
  wires?: Wires
  /** Whom it cannot reach for now; nobody unless given. */
  division?: Division
  random?: Random
}

export class ShapedTcp {
  readonly wires: Wires
  readonly #init: ShapedTcpInit
  readonly #division: Division
  readonly #open = new Set<MultiaddrConnection>()
  #isCut = false
  #dialled = 0
  #accepted = 0

  constructor (init: ShapedTcpInit) {
    this.#init = init
    this.wires = init.wires ?? new Wires()
    this.#division = init.division ?? new Division()
  }

  /** Connections so far. */
  get counts (): { dialled: number, accepted: number } {
    return { dialled: this.#dialled, accepted: this.#accepted }
  }

  /** For `createHost`. */
  readonly transport = (components: TCPComponents): Transport => {
    const made = tcp()(components)
    const { dial, createListener } = made
    const { localAddress } = this.#init
    made.dial = async (address, options) => {
      if (this.#isCut) throw new Error('this host is cut off')
      if (!this.#mayDial(hostOf(address))) await neverAnswered(options.signal)
      const shaped = { ...options, localAddress, upgrader: this.#shaping(options.upgrader) }
      return await dial.call(made, address, shaped)
    }
    made.createListener = options =>
      createListener.call(made, { ...options, upgrader: this.#shaping(options.upgrader) })
    return made
  }

  /** As if the host had lost its line: it says no goodbye to anybody. */
  cut (): void {
    this.#isCut = true
    for (const connection of this.#open) connection.abort(new Error('this host is cut off'))
  }

  #mayDial (remote: string): boolean {
    const { localAddress, shape } = this.#init
    return mayDial(shape.reach, localAddress, remote) &&
      !this.#division.isBetween(localAddress, remote)
  }

  #shaping (upgrader: Upgrader): Upgrader {
    const upgradeOutbound: Upgrader['upgradeOutbound'] = async (
      connection: MultiaddrConnection, options: Parameters<Upgrader['upgradeOutbound']>[1]
    ) => {
      this.#dialled++
      const delayMs = this.#take(connection)
      await sleep(2 * delayMs, undefined, { signal: options.signal })
      return await upgrader.upgradeOutbound(connection, options)
    }
    const upgradeInbound: Upgrader['upgradeInbound'] = async (
      connection: MultiaddrConnection, options: Parameters<Upgrader['upgradeInbound']>[1]
    ) => {
      this.#accepted++
      this.#take(connection)
      await upgrader.upgradeInbound(connection, options)
    }
    return Object.create(upgrader, {
      upgradeOutbound: { value: upgradeOutbound }, upgradeInbound: { value: upgradeInbound }
    }) as Upgrader
  }

  /** Shapes a connection; its delay, milliseconds. */
  #take (connection: MultiaddrConnection): number {
    const { localAddress, shape, random = Math.random } = this.#init
    const remote = hostOf(connection.remoteAddr)
    const delayMs = delayOf(shape, localAddress, remote)
    this.#open.add(connection)
    connection.addEventListener('close', () => { this.#open.delete(connection) })
    if (this.#isCut) connection.abort(new Error('this host is cut off'))
    sendShaped(connection as ShapedEnd, this.wires.upload)
    receiveShaped(connection as ShapedEnd, {
      delayMs: bytes => delayMs + latenessOf(shape, delayMs, bytes, random),
      download: this.wires.download,
      isApart: () => this.#division.isBetween(localAddress, remote),
      follow: changed => this.#division.follow(changed)
    })
    return delayMs
  }
}

function hostOf (address: Multiaddr): string {
  return String(address.getComponents()[0]?.value)
}

/** As a firewall drops what it lets nobody know of: rejects when the dialler has waited enough. */
async function neverAnswered (signal: AbortSignal): Promise<never> {
  if (!signal.aborted) await once(signal, 'abort')
  throw signal.reason
}
