/**
 * PING and PONG: is the neighbour there, and how far.
 * in: ticks and PONGs. out: PINGs, a smoothed round-trip time, the neighbour's place, a verdict
 * after two were missed.
 *
 * Where nothing is exchanged it slows down once the round-trip time is known well: PINGs are most
 * of what an idle node does.
 */

import { type Clock, type Random, systemTimer, type Timer } from '../clock.ts'
import { InvalidMessageError, PeerGoneError } from '../errors.ts'
import { type Coordinate, decodePlace, encodePlace, SmoothedRtt } from '../rtt/index.ts'
import type { Body } from './message.ts'
import type { LatestRtt } from './types.ts'

export interface HeartbeatInit {
  /** While blocks are exchanged, and in the beginning. */
  intervalMs: number
  now: Clock
  random: Random
  timer?: Timer
  /** Where we are. */
  coordinate: () => Coordinate | undefined
  ping: (nonce: number) => void
  fail: (error: Error) => void
}

/** Each beat comes up to this share earlier or later, so that neighbours do not beat in step. */
const JITTER = 0.1
/** Without a block or a WANT for so many beats… */
export const LIVELY_BEATS = 12
/** … they come so many times as far apart. Higher: idle nodes sleep longer; lower: fresher RTTs. */
export const CALM_FACTOR = 8
const MAX_MISSED = 2
/**
 * A neighbour that sends but answers no PING is not given more than these: it does not read, or
 * never ends a frame. Not two: on a slow link a PONG waits behind block bytes.
 */
const MAX_UNANSWERED = 6

export class Heartbeat {
  readonly #init: HeartbeatInit
  /** When each PING not answered yet was sent, by nonce. */
  readonly #unanswered = new Map<number, number>()
  #nonce = 0
  #missed = 0
  #isHeard = false
  readonly #rtt = new SmoothedRtt()
  #latest: LatestRtt | undefined
  #coordinate: Coordinate | undefined
  /** Since blocks were exchanged, or the start. */
  #beats = 0
  #cancel = (): void => {}

  constructor (init: HeartbeatInit) {
    this.#init = init
  }

  get rttMs (): number | undefined {
    return this.#rtt.rttMs
  }

  get latest (): LatestRtt | undefined {
    return this.#latest
  }

  /** Where the neighbour says it is. */
  get coordinate (): Coordinate | undefined {
    return this.#coordinate
  }

  /** Blocks were not exchanged for a while. */
  get isCalm (): boolean {
    return this.#beats >= LIVELY_BEATS
  }

  start (): void {
    this.#ping()
    this.#schedule()
  }

  stop (): void {
    this.#cancel()
  }

  /**
   * Something came: the neighbour is there, whatever became of the PONG behind other bytes.
   * `isExchange`: a WANT or a block, so that the round-trip time matters now.
   */
  heard (isExchange = false): void {
    this.#isHeard = true
    if (!isExchange) return
    const wasCalm = this.isCalm
    this.#beats = 0
    if (!wasCalm) return
    this.#cancel()
    this.#beat()
  }

  /** The PONG to a PING, with our place. */
  answer ({ nonce }: Body<'ping'>): Partial<Body<'pong'>> {
    const own = this.#init.coordinate()
    return own == null ? { nonce } : { nonce, place: encodePlace(own) }
  }

  /** @throws InvalidMessageError for a PONG without a PING, or a place that is none */
  pong (nonce: number, place?: Uint8Array): void {
    const sentMs = this.#unanswered.get(nonce)
    if (sentMs == null) {
      throw new InvalidMessageError(`a PONG to no PING: ${nonce}`)
    }
    this.#unanswered.delete(nonce)
    const sample = this.#init.now() - sentMs
    this.#rtt.add(sample)
    this.#latest = { rttMs: sample, count: this.#rtt.samples }
    if (place != null && place.byteLength > 0) this.#coordinate = decodePlace(place)
  }

  #schedule (): void {
    const { intervalMs, random, timer = systemTimer } = this.#init
    const pace = this.isCalm ? CALM_FACTOR : 1
    const jitter = 1 + JITTER * (2 * random() - 1)
    this.#cancel = timer(pace * intervalMs * jitter, () => { this.#beat() })
  }

  #beat (): void {
    this.#beats++
    this.#missed = this.#unanswered.size === 0 || this.#isHeard ? 0 : this.#missed + 1
    this.#isHeard = false
    if (this.#missed >= MAX_MISSED || this.#unanswered.size >= MAX_UNANSWERED) {
      this.#init.fail(new PeerGoneError(`${this.#unanswered.size} PINGs were not answered`))
      return
    }
    this.#schedule()
    this.#ping()
  }

  #ping (): void {
    this.#nonce++
    this.#unanswered.set(this.#nonce, this.#init.now())
    this.#init.ping(this.#nonce)
  }
}
