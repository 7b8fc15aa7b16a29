/**
 * Whether others can dial this node, and what it does where they cannot.
 * in: where the bootstraps we dialled see us. out: a verdict; behind NAT, slots at relays we meet.
 *
 * Nobody is asked for it: libp2p's identify tells it at the start of each connection. A firewall
 * without NAT does not show in it: there the operator says 'nat'.
 */

import type { IdentifyResult, Libp2pEvents, Logger, TypedEventTarget } from '@libp2p/interface'
import { tryGetNetConfig } from '@libp2p/utils'
import { type Multiaddr, multiaddr } from '@multiformats/multiaddr'
import type { PunchPort } from './punch-port.ts'
import { isRelayed } from './told-addresses.ts'

/** auto: behind NAT as soon as a bootstrap sees us at an address that is none of ours. */
export type ReachMode = 'auto' | 'direct' | 'nat'

export interface ReachabilityComponents {
  events: TypedEventTarget<Libp2pEvents>
  transportManager: {
    getAddrs (): Multiaddr[]
    listen (addresses: Multiaddr[]): Promise<void>
  }
  log: Logger
}

export interface ReachabilityInit {
  mode: ReachMode
  /** Told where it is seen, and by whom we believe that. */
  port: Pick<PunchPort, 'isWitness' | 'sawAt'>
}

export interface Reach {
  /** unknown: nobody has said yet at which address it sees us. */
  state: 'direct' | 'nat' | 'unknown'
  /** The IP address that others see. */
  seenAt?: string
}

/** Relays that lead to us. Higher: one may go; lower: fewer connections and renewals. */
export const RELAYS = 2

export class Reachability {
  readonly events = new EventTarget()
  readonly #components: ReachabilityComponents
  readonly #init: ReachabilityInit
  #state: Reach['state']
  #seenAt: string | undefined
  #isStarted = false

  /** Dispatches `nat` once it is found to be behind NAT. */
  constructor (components: ReachabilityComponents, init: ReachabilityInit) {
    this.#components = components
    this.#init = init
    this.#state = init.mode === 'auto' ? 'unknown' : init.mode
  }

  get reach (): Reach {
    return { state: this.#state, ...(this.#seenAt != null && { seenAt: this.#seenAt }) }
  }

  start (): void {
    this.#components.events.addEventListener('peer:identify', this.#onIdentify)
  }

  /** libp2p's transports listen by now. */
  async afterStart (): Promise<void> {
    this.#isStarted = true
    if (this.#state === 'nat') await this.#seekRelays()
  }

  stop (): void {
    this.#isStarted = false
    this.#components.events.removeEventListener('peer:identify', this.#onIdentify)
  }

  readonly #onIdentify = ({ detail }: CustomEvent<IdentifyResult>): void => {
    const { connection, observedAddr, peerId } = detail
    // Whoever dialled us says at which of our addresses it did.
    const isDialled = connection.direction === 'outbound' && connection.limits == null
    if (observedAddr == null || !isDialled || !this.#init.port.isWitness(peerId)) return
    const host = hostOf(observedAddr)
    if (host == null || isLoopback(host)) return
    this.#init.port.sawAt(connection, observedAddr)
    this.#seenAt = host
    if (this.#init.mode !== 'auto' || this.#state === 'nat') return
    if (this.#ownHosts(host).includes(host)) {
      this.#state = 'direct'
    } else if (this.#ownHosts(host).length > 0) {
      this.#components.log('%p sees us at %s, which is not ours: behind NAT', peerId, host)
      this.#state = 'nat'
      void this.#seekRelays()
    }
  }

  /** Never rejects: relays are met later, too. */
  async #seekRelays (): Promise<void> {
    this.events.dispatchEvent(new CustomEvent('nat'))
    if (!this.#isStarted) return
    try {
      const anyRelay = multiaddr('/p2p-circuit')
      await this.#components.transportManager.listen(Array.from({ length: RELAYS }, () => anyRelay))
    } catch (err) {
      this.#components.log.error('could not listen through relays - %e', err)
    }
  }

  /** Those we listen on, of the same family. Who does not listen is not sought. */
  #ownHosts (seen: string): string[] {
    return this.#components.transportManager.getAddrs()
      .flatMap(address => isRelayed(address) ? [] : hostOf(address) ?? [])
      .filter(host => host.includes(':') === seen.includes(':'))
  }
}

function hostOf (address: Multiaddr): string | undefined {
  const config = tryGetNetConfig(address)
  return config?.type === 'ip4' || config?.type === 'ip6' ? config.host : undefined
}

/** Seen from the same machine, perhaps through a proxy. */
const isLoopback = (host: string): boolean => host.startsWith('127.') || host === '::1'
