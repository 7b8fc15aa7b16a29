/**
 * What a node counts, for Prometheus. in: what retrieval and HTTP report, and a look at the node at
 * each scrape. out: text. Labels come from closed sets: never a peer, a CID or a path.
 */

import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import { VERSION } from '../protocols/version.ts'
import type { SwitchStatus } from '../protocols/control/switch-status.ts'
import type { Relayed, Role } from '../protocols/exchange/index.ts'
import { START_BOUNDS_MS } from '../protocols/tracker/index.ts'
import { type HttpAnswer, type HttpMetrics, isMedia } from './http/index.ts'
import type { RoutingStatus } from './routing-parts.ts'
import type { PlaybackMetrics, RetrievalMetrics, SourceKind } from './retrieval/index.ts'
import type { Usage } from './store/index.ts'

/** From a local read to the deadline of a segment. */
const SECONDS = [0.001, 0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

/** Counted as finely as they are reported to trackers. */
const START_UPS = 'playback_start_seconds'

/** Between two looks at the event loop's delay: more often wakes an idle node for nothing. */
const LOOP_PRECISION_MS = 1000

/** What is not counted but looked at. */
export interface Observed {
  store: Usage & { quotaBytes: number }
  neighbours: number
  titles: number
  bannedPeers: number
  uploadedBytes: number
}

export class Metrics implements RetrievalMetrics, PlaybackMetrics, HttpMetrics {
  readonly #registry = new Registry()
  readonly #deliveredBlocks = this.#counter('retrieval_blocks', 'Verified blocks', 'source')
  readonly #deliveredBytes = this.#counter('retrieval_bytes', 'Verified bytes', 'source')
  readonly #mismatches = this.#counter(
    'retrieval_mismatches', 'Blocks refused because they do not hash to their CID', 'source'
  )
  readonly #wastedBytes = this.#counter(
    'retrieval_wasted_bytes', 'Bytes that lost a race, came late or were wrong', 'source'
  )
  readonly #blockSeconds = this.#histogram(
    'retrieval_block_seconds', 'From asking for a block to having it verified', 'source'
  )
  readonly #requests = this.#counter(
    'http_requests', 'Answers, by route pattern', 'listener', 'route', 'status'
  )
  readonly #requestSeconds = this.#histogram(
    'http_request_seconds', 'From request to the end of the answer', 'listener'
  )
  readonly #sentBytes = this.#counter('http_sent_bytes', 'Bytes of bodies', 'listener')
  readonly #mediaBytes = this.#counter('http_media_bytes', 'Bytes of media handed to players')
  readonly #startSeconds = this.#histogram(
    START_UPS, 'What a listener waited until it had its first segment'
  )
  readonly #stalls = this.#counter('playback_stalls', 'Times a listener had nothing to play')
  readonly #stalledSeconds = this.#counter('playback_stalled_seconds', 'For how long, in all')
  readonly #mediaSeconds = this.#counter('playback_media_seconds', 'Media given to listeners')

  constructor (role: Role) {
    collectDefaultMetrics({
      register: this.#registry, eventLoopMonitoringPrecision: LOOP_PRECISION_MS
    })
    this.#gauge('build_info', 'Which program this is', ['version', 'role'])
      .set({ version: VERSION, role }, 1)
  }

  /** Has `look` called at each scrape. Call it once, when the node is there. */
  observe (look: () => Observed): void {
    const gauges: Array<[string, string, (seen: Observed) => number]> = [
      ['store_blocks', 'Blocks held', ({ store }) => store.blocks],
      ['store_bytes', 'Bytes of the blocks held', ({ store }) => store.bytes],
      ['store_disk_bytes', 'Bytes the store takes on disk', ({ store }) => store.diskBytes],
      ['store_quota_bytes', 'Bytes the store may take', ({ store }) => store.quotaBytes],
      ['exchange_neighbours', 'Peers on an exchange stream', ({ neighbours }) => neighbours],
      ['titles', 'Titles of which something is held', ({ titles }) => titles],
      ['banned_peers', 'Peers not asked for now', ({ bannedPeers }) => bannedPeers],
      ['uploaded_bytes', 'Bytes sent since the start', ({ uploadedBytes }) => uploadedBytes]
    ]
    for (const [name, help, value] of gauges) {
      this.#gauge(name, help, [], function () { this.set(value(look())) })
    }
  }

  /** Once, on a node that has a software switch. */
  observeSwitch (gate: { status (): SwitchStatus }): void {
    this.#gauge('switch_limit', 'Requests served at once, at most', [],
      function () { this.set(gate.status().limit) })
    this.#gauge('switch_in_flight', 'Requests being served', [],
      function () { this.set(gate.status().inFlight) })
    const help = 'Requests for media, by what became of them and why'
    const name = 'cdnd_switch_requests_total'
    const labelNames = ['answer', 'reason'] as const
    new Counter({ name, help, labelNames, registers: [this.#registry], collect () {
      this.reset()
      const { served, refused } = gate.status()
      for (const [answer, counts] of Object.entries({ served, refused })) {
        for (const [reason, count] of Object.entries(counts)) this.inc({ answer, reason }, count)
      }
    } })
  }

  /** Once: what is known of how far others are, and what gossip of it costs. */
  observeRouting (status: () => RoutingStatus): void {
    const gauges: Array<[string, string, (seen: RoutingStatus) => number]> = [
      ['routing_records', 'Link-state records held', ({ records }) => records],
      ['routing_record_bytes', 'Memory of those', ({ bytes }) => bytes],
      ['routing_links', 'Peers to which the round-trip time is measured', ({ links }) => links],
      ['routing_shunned_peers', 'Peers whose gossip is ignored', ({ shunned }) => shunned]
    ]
    for (const [name, help, value] of gauges) {
      this.#gauge(name, help, [], function () { this.set(value(status())) })
    }
    this.#counts('gossip_bytes', 'Bytes of gossip, its upkeep included', 'direction', () => {
      const { receivedBytes, sentBytes } = status().traffic
      return [['received', receivedBytes], ['sent', sentBytes]]
    })
    this.#counts('gossip_records', 'Link-state records, by what became of them', 'result', () => {
      const { told, taken, dropped } = status()
      return [['told', told], ['taken', taken], ...dropped]
    })
  }

  /** Once: what is passed on for others. */
  observeRelay (relayed: () => Relayed): void {
    this.#counts('relay_wants', 'Blocks asked of us for others, by what became of it', 'result',
      () => [['passed', relayed().blocks], ['refused', relayed().refused]])
    this.#gauge('relayed_bytes', 'Bytes passed on for others since the start', [],
      function () { this.set(relayed().bytes) })
  }

  delivered (kind: SourceKind, bytes: number): void {
    this.#deliveredBlocks.inc({ source: kind })
    this.#deliveredBytes.inc({ source: kind }, bytes)
  }

  mismatch (kind: Exclude<SourceKind, 'local'>): void {
    this.#mismatches.inc({ source: kind })
  }

  wasted (kind: Exclude<SourceKind, 'local'>, bytes: number): void {
    this.#wastedBytes.inc({ source: kind }, bytes)
  }

  fetchSeconds (kind: SourceKind, seconds: number): void {
    this.#blockSeconds.observe({ source: kind }, seconds)
  }

  answered (answer: HttpAnswer): void {
    const { listener, route, status, seconds, bytes } = answer
    if (isMedia(answer)) this.#mediaBytes.inc(bytes)
    this.#requests.inc({ listener, route, status: String(status) })
    this.#requestSeconds.observe({ listener }, seconds)
    this.#sentBytes.inc({ listener }, bytes)
  }

  started (ms: number): void {
    this.#startSeconds.observe(ms / 1000)
  }

  stalled (ms: number): void {
    this.#stalls.inc()
    this.#stalledSeconds.inc(ms / 1000)
  }

  given (mediaMs: number): void {
    this.#mediaSeconds.inc(mediaMs / 1000)
  }

  async render (): Promise<{ contentType: string, text: string }> {
    return { contentType: this.#registry.contentType, text: await this.#registry.metrics() }
  }

  #counter<Label extends string> (
    name: string, help: string, ...labelNames: Label[]
  ): Counter<Label> {
    const registers = [this.#registry]
    return new Counter({ name: `cdnd_${name}_total`, help, labelNames, registers })
  }

  /** Of what somebody else counts, by one label. */
  #counts<Label extends string> (
    name: string, help: string, label: Label, look: () => Iterable<readonly [string, number]>
  ): void {
    const labelNames = [label] as const
    new Counter({
      name: `cdnd_${name}_total`, help, labelNames, registers: [this.#registry], collect () {
        this.reset()
        for (const [value, count] of look()) this.labels(value).inc(count)
      }
    })
  }

  #histogram<Label extends string> (
    name: string, help: string, ...labelNames: Label[]
  ): Histogram<Label> {
    const registers = [this.#registry]
    const buckets = name === START_UPS ? START_BOUNDS_MS.map(ms => ms / 1000) : SECONDS
    return new Histogram({ name: `cdnd_${name}`, help, labelNames, registers, buckets })
  }

  #gauge<Label extends string> (
    name: string, help: string, labelNames: Label[], collect?: (this: Gauge<Label>) => void
  ): Gauge<Label> {
    const registers = [this.#registry]
    const look = collect === undefined ? {} : { collect }
    return new Gauge({ name: `cdnd_${name}`, help, labelNames, registers, ...look })
  }
}
