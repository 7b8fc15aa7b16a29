/**
 * libp2p's TCP as if hosts on one machine were far from each other.
 * in: an IP address of its own, the network's shape. out: a transport whose connections open
 * after a round trip, and whose bytes come to the reader in order, each after the delay.
 *
 * Each end delays what it receives, so both ends of a connection must have one. What is on its way
 * is bounded by the windows of the muxer above.
 */

import { setTimeout as sleep } from 'node:timers/promises'
import type { MultiaddrConnection, Transport, Upgrader } from '@libp2p/interface'
import { type TCPComponents, tcp } from '@libp2p/tcp'
import type { Random } from '../protocols/clock.ts'
import { DelayLine } from './delay-line.ts'
import { delayOf, type NetworkShape } from './distance.ts'

export interface ShapedTcpInit {
  /** What it dials from, so that the other side knows where we are. */
  localAddress: string
  shape: NetworkShape
  random?: Random
}

/** What libp2p's own connection has, as far as it is of interest. */
interface Receiver extends MultiaddrConnection {
  onData: (bytes: Uint8Array) => void
  onTransportClosed: (err?: Error) => void
  sendPause: () => void
  sendResume: () => void
}

export class ShapedTcp {
  readonly #init: ShapedTcpInit
  readonly #open = new Set<MultiaddrConnection>()
  #isCut = false
  #dialled = 0
  #accepted = 0

  constructor (init: ShapedTcpInit) {
    this.#init = init
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
    const remote = String(connection.remoteAddr.getComponents()[0]?.value)
    const delayMs = delayOf(shape, localAddress, remote)
    this.#open.add(connection)
    connection.addEventListener('close', () => { this.#open.delete(connection) })
    if (this.#isCut) connection.abort(new Error('this host is cut off'))
    const { jitterMs = 0 } = shape
    if (delayMs > 0) receiveLater(connection as Receiver, () => delayMs + jitterMs * random())
    return delayMs
  }
}

function receiveLater (connection: Receiver, delayMs: () => number): void {
  const way = new DelayLine<() => void>(arrive => { arrive() })
  let lastMs = 0
  const later = (arrive: () => void): void => {
    lastMs = Math.max(lastMs, performance.now() + delayMs())
    way.push(arrive, lastMs)
  }
  const { onData, onTransportClosed, sendPause, sendResume } = connection
  connection.onData = bytes => { later(() => { onData.call(connection, bytes) }) }
  connection.onTransportClosed = err => {
    const end = (): void => { onTransportClosed.call(connection, err) }
    // What we end ourselves ends at once.
    connection.status === 'open' ? later(end) : end()
  }
  connection.sendPause = () => {
    way.hold()
    sendPause.call(connection)
  }
  connection.sendResume = () => {
    sendResume.call(connection)
    way.resume()
  }
  connection.addEventListener('close', () => { way.stop() })
}
