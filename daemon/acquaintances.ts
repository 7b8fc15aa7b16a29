/**
 * Whom a node knew when it ran last: it meets them where no bootstrap answers, so that who starts
 * again meanwhile is not alone.
 * in: neighbours, where they can be dialled. out: a file of the latest; neighbours.
 */

import { readFile } from 'node:fs/promises'
import type { Logger } from '@libp2p/interface'
import { peerIdFromString } from '@libp2p/peer-id'
import { multiaddr } from '@multiformats/multiaddr'
import { z } from 'zod'
import type { Timer } from '../protocols/clock.ts'
import type { Exchange } from '../protocols/exchange/index.ts'
import type { Host } from '../protocols/host.ts'
import type { AddressBook } from './address-book.ts'
import { pause } from './discovery/pause.ts'
import { replaceFile } from './replace-file.ts'
import { Rounds } from './rounds.ts'

export interface AcquaintancesComponents {
  path: string
  host: Pick<Host, 'getPeers'>
  exchange: Pick<Exchange, 'neighbours' | 'connect'>
  addresses: Pick<AddressBook, 'of'>
  timer: Timer
  log: Logger
}

/** Higher: more of them may be gone; lower: a smaller file. */
export const MAX_ACQUAINTANCES = 32
/** Of a start. Higher: a far bootstrap is surely met first; lower: a listener waits less. */
export const PATIENCE_MS = 1_000
/** Dialled at once, servers first. */
const MET = 8
const MET_SERVERS = 3
const DIAL_TIMEOUT_MS = 5_000
/** Higher: less writing; lower: less forgotten by a `kill -9`. */
export const SOON_MS = 5_000
const PAUSE_MS = 60_000

const acquaintance = z.object({
  peer: z.string().max(128).refine(isPeer),
  role: z.enum(['peer', 'edge', 'origin']),
  addresses: z.array(z.string().max(512).refine(isAddress)).min(1).max(8)
})
const shape = z.array(acquaintance).max(MAX_ACQUAINTANCES)

type Acquaintance = z.output<typeof acquaintance>

export class Acquaintances {
  readonly #components: AcquaintancesComponents
  readonly #rounds: Rounds
  /** The latest last; undefined until the file is read. */
  #known: Map<string, Acquaintance> | undefined
  #written = ''
  #pauses = 0

  constructor (components: AcquaintancesComponents) {
    this.#components = components
    this.#rounds = new Rounds(components, {
      pauseMs: () => this.#pauses++ === 0 ? SOON_MS : PAUSE_MS,
      failure: 'cannot write down yet whom it knows'
    }, async signal => { await this.#round(signal) })
  }

  start (): void {
    this.#pauses = 0
    this.#rounds.start()
  }

  /** Before the exchange does. */
  async stop (): Promise<void> {
    await this.#rounds.stop()
    const { log } = this.#components
    await this.#remember().catch(err => { log.error('cannot write down whom it knows: %e', err) })
  }

  async #round (signal: AbortSignal): Promise<void> {
    const { host, timer, log } = this.#components
    const known = await this.#load()
    if (known.size > 0 && host.getPeers().length === 0) {
      await pause(timer, PATIENCE_MS, signal)
      if (!signal.aborted && host.getPeers().length === 0) {
        const met = await this.#meet([...known.values()], signal)
        if (met > 0) log('no bootstrap answers; met %d of those known from before', met)
      }
    }
    await this.#remember()
  }

  /** How many answer. */
  async #meet (known: readonly Acquaintance[], signal: AbortSignal): Promise<number> {
    const latest = known.toReversed()
    const servers = latest.filter(({ role }) => role !== 'peer').slice(0, MET_SERVERS)
    const others = latest.filter(each => !servers.includes(each)).slice(0, MET - servers.length)
    const met = await Promise.allSettled([...servers, ...others].map(({ peer, addresses }) =>
      this.#components.exchange.connect(peerIdFromString(peer), addresses.map(multiaddr), {
        signal: AbortSignal.any([signal, AbortSignal.timeout(DIAL_TIMEOUT_MS)])
      })))
    return met.filter(({ status }) => status === 'fulfilled').length
  }

  /** Those who are neighbours now become the latest. */
  async #remember (): Promise<void> {
    const { path, exchange, addresses: book } = this.#components
    const known = await this.#load()
    for (const neighbour of exchange.neighbours()) {
      const { peer, hello: { role } } = neighbour
      // Bootstraps are named in the settings; of others, what they say may be anything.
      const { data } = acquaintance.safeParse({
        peer: peer.toString(), role, addresses: book.of(neighbour)
      })
      if (data == null) continue
      known.delete(data.peer)
      known.set(data.peer, data)
    }
    for (const peer of [...known.keys()].slice(0, -MAX_ACQUAINTANCES)) known.delete(peer)
    const text = JSON.stringify([...known.values()])
    if (text === this.#written) return
    await replaceFile(path, text)
    this.#written = text
  }

  async #load (): Promise<Map<string, Acquaintance>> {
    this.#known ??= new Map((await this.#read()).map(each => [each.peer, each]))
    return this.#known
  }

  /** A damaged file counts as none: bootstraps are asked first anyway. */
  async #read (): Promise<Acquaintance[]> {
    const { path, log } = this.#components
    try {
      const text = await readFile(path, 'utf8')
      const read = shape.parse(JSON.parse(text))
      this.#written = text
      return read
    } catch (err) {
      if ((err as NodeJS.ErrnoException).code !== 'ENOENT') {
        log.error('the list of known peers %s is damaged and starts anew - %e', path, err)
      }
      return []
    }
  }
}

function isPeer (text: string): boolean {
  try {
    return peerIdFromString(text) != null
  } catch {
    return false
  }
}

function isAddress (text: string): boolean {
  try {
    return multiaddr(text) != null
  } catch {
    return false
  }
}
