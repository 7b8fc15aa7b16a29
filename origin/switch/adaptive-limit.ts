/**
 * How many requests may be served at once, found out by serving them.
 * in: how long each took, and how many were in flight when it began. out: a limit.
 *
 * Two latencies are compared: that of requests which began with no more than the floor in flight
 * (the light load at which the machine surely does well), and that of the latest ones. While they
 * are alike the limit grows with its square root; when the latest take longer than
 * {@link TOLERANCE} times the light ones, it shrinks in proportion (a gradient, as in Netflix's
 * concurrency-limits). Light load that was not seen for long, or never, is brought about: a machine
 * that has become slower would else be taken for a busy one, or the other way round.
 * It begins at {@link START}, so that a server that is idle does not turn away the first who come.
 */

export interface LimitInit {
  /** Never fewer at once. Higher: nobody is sent away in vain; lower: sheds sooner. */
  floor: number
  /** Never more at once. The floor itself makes it a constant. */
  ceiling: number
}

export interface Sample {
  latencyMs: number
  /** When it began, itself included. */
  inFlight: number
  /** How many could have been, had they been asked for: slots kept from it do not count. */
  room: number
}

/** What was seen between two decisions. */
export interface Window {
  /** Of requests at light load, lately; undefined while none were seen. */
  lightMs: number | undefined
  /** Median of this window. */
  latencyMs: number
  /** The most in flight, as a share of the room there was. */
  used: number
}

/** Latency that counts as none too many, over that at light load. Higher: fuller, slower. */
export const TOLERANCE = 1.5
/** Between two decisions, at least. Higher: steadier; lower: follows a rush sooner. */
export const WINDOW_MS = 250
/** Light load not seen for so long is brought about. */
export const LIGHT_TTL_MS = 30_000
/** Until measured. Higher: a new server turns fewer away; lower: a slow one is spared sooner. */
export const START = 16

const MIN_SAMPLES = 10
const MAX_SAMPLES = 256
/** How long light load is waited for: requests that may not be refused can prevent it. */
const PROBE_MS = 1000
const PROBE_LATENCIES = 5
/** Of the square root. Higher: finds a fast line sooner; lower: makes a slow one wait less. */
const GROWTH = 0.5
/** Weight of a new decision, and of a new light latency. */
const SMOOTHING = 0.5
const LIGHT_ALPHA = 0.3
/** A limit of which less is used says nothing of what the machine can bear. */
const USED_SHARE = 0.8
const MIN_GRADIENT = 0.5
/** Below it, differences are the machine's own noise. */
const MIN_LATENCY_MS = 1

/** The limit after a window, not rounded. */
export function nextLimit (limit: number, window: Window, init: LimitInit): number {
  const gradient = Math.max(MIN_GRADIENT, gradientOf(window))
  if (gradient === 1 && window.used < USED_SHARE) {
    return limit
  }
  const target = limit * gradient + GROWTH * Math.sqrt(limit)
  return within(init, limit + SMOOTHING * (target - limit))
}

export class AdaptiveLimit {
  readonly #init: LimitInit
  #limit: number
  #lightMs: number | undefined
  /** Of the first requests, when light load was not known yet. */
  #firstMs: number | undefined
  #lightAtMs = -Infinity
  #probeEndMs: number | undefined
  #windowStartMs = 0
  #light: number[] = []
  #all: number[] = []
  #used = 0

  constructor (init: LimitInit) {
    this.#init = { floor: init.floor, ceiling: Math.max(init.floor, init.ceiling) }
    this.#limit = within(this.#init, START)
  }

  /** Now: whole requests. */
  get value (): number {
    return this.#probeEndMs == null ? Math.floor(this.#limit) : this.#init.floor
  }

  /** A request was served whole, out of our own store. `nowMs` never goes back. */
  add ({ latencyMs, inFlight, room }: Sample, nowMs: number): void {
    if (this.#all.length < MAX_SAMPLES) {
      this.#all.push(latencyMs)
    }
    if (inFlight <= this.#init.floor && this.#light.length < MAX_SAMPLES) {
      this.#light.push(latencyMs)
    }
    this.#used = Math.max(this.#used, inFlight / room)
    if (this.#all.length >= MIN_SAMPLES && nowMs - this.#windowStartMs >= WINDOW_MS) {
      this.#decide(nowMs)
    }
  }

  #decide (nowMs: number): void {
    const latencyMs = median(this.#all)
    this.#learn(nowMs)
    if (this.#probeEndMs == null) {
      if (this.#lightMs == null) this.#firstMs = latencyMs
      const window = { lightMs: this.#lightMs, latencyMs, used: this.#used }
      this.#limit = nextLimit(this.#limit, window, this.#init)
    }
    this.#probe(nowMs, latencyMs)
    this.#windowStartMs = nowMs
    this.#all = []
    this.#used = 0
  }

  #learn (nowMs: number): void {
    if (this.#light.length < MIN_SAMPLES / 2) return
    const seen = median(this.#light)
    if (this.#lightMs == null) this.#correct(seen)
    const before = this.#probeEndMs == null ? this.#lightMs ?? seen : seen
    this.#lightMs = before + LIGHT_ALPHA * (seen - before)
    this.#lightAtMs = nowMs
    this.#probeEndMs = undefined
    this.#light = []
  }

  /** The start was a guess: where it was far too high there is no need to come down in steps. */
  #correct (lightMs: number): void {
    const gradient = gradientOf({ lightMs, latencyMs: this.#firstMs ?? lightMs })
    this.#limit = within(this.#init, this.#limit * gradient)
  }

  #probe (nowMs: number, latencyMs: number): void {
    if (this.#probeEndMs != null && nowMs >= this.#probeEndMs) {
      this.#probeEndMs = undefined
      this.#lightAtMs = nowMs
    } else if (nowMs - this.#lightAtMs >= LIGHT_TTL_MS) {
      this.#probeEndMs ??= nowMs + Math.max(PROBE_MS, PROBE_LATENCIES * latencyMs)
    }
  }
}

function gradientOf (window: Pick<Window, 'lightMs' | 'latencyMs'>): number {
  const latencyMs = Math.max(MIN_LATENCY_MS, window.latencyMs)
  const lightMs = Math.max(MIN_LATENCY_MS, window.lightMs ?? latencyMs)
  return Math.min(1, TOLERANCE * lightMs / latencyMs)
}

function within ({ floor, ceiling }: LimitInit, limit: number): number {
  return Math.max(floor, Math.min(ceiling, limit))
}

function median (values: number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!
}
