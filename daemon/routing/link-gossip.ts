/**
 * Tells others how far our neighbours are, and hears the same of them.
 * in: our links and place, a tick every few seconds. out: records told and taken.
 *
 * Peers tell on the topic of their region, or of their cell of it; edges, origins and bootstraps on
 * the backbone. Everybody listens to both: each knows those around it, and the servers everywhere.
 */

import type { Logger, PeerId, PrivateKey } from '@libp2p/interface'
import type { Clock, Random } from '../../protocols/clock.ts'
import type { Role } from '../../protocols/exchange/index.ts'
import type { PubSub } from '../../protocols/pubsub.ts'
import {
  backboneTopic, cellOf, type Coordinate, type LinkState, openLinkState, sealLinkState, topicOf
} from '../../protocols/rtt/index.ts'
import { cellBits, MAX_CELL_NODES, MAX_TELLERS } from './gossip-cell.ts'
import { Pace, periodMs } from './gossip-pace.ts'
import type { KnownNode, LinkStateTable } from './link-state.ts'
import type { OwnLinks } from './own-links.ts'
import { type Dropped, RecordCheck, type TopicRules } from './record-check.ts'
import type { Reputation } from './reputation.ts'

export interface LinkGossipComponents {
  pubsub: PubSub
  privateKey: PrivateKey
  peerId: PeerId
  links: Pick<OwnLinks, 'all' | 'list' | 'changedBy' | 'told'>
  table: LinkStateTable
  reputation: Reputation
  /** Where we are; undefined until we know. */
  coordinate: () => Coordinate | undefined
  /** Told of each record that was taken. */
  onTaken: (state: LinkState) => void
  clock: Clock
  random: Random
  log: Logger
}

export interface LinkGossipInit {
  network: string
  region: string
  role: Role
  /** We pass on what is wanted over us. */
  relays: boolean
  /** {@link DEFAULT_BUDGET_BYTES_PER_SECOND} */
  bytesPerSecond?: number
}

export interface GossipCounts {
  taken: number
  told: number
  /** By reason. */
  dropped: ReadonlyMap<Dropped, number>
}

/**
 * Of gossip in both directions, gossipsub's own upkeep included. Higher: news of links spread
 * sooner; lower: less traffic and CPU on idle nodes.
 */
export const DEFAULT_BUDGET_BYTES_PER_SECOND = 2_000

/** Of the budget: the rest is for the region. */
const BACKBONE_SHARE = 1 / 4
/** Records missed in a row until a node is taken for gone. */
const PERIODS_HELD = 3
/** What clocks may differ by. */
const LATE_MS = 120_000
/** Of a record, until we have seen some. */
const ASSUMED_BYTES = 400
/** After the start, until we have met and measured some neighbours; and not all nodes at once. */
const FIRST_MS = 5_000
const FIRST_SPREAD_MS = 10_000
/** After a move, as if all links had changed. */
const ALL = 1
/** Between two looks at who is gone, and at which cell is ours: both take minutes to change. */
const UPKEEP_MS = 30_000
/** Moves are held against this where links are shorter. */
const SHORT_MS = 5

export class LinkGossip {
  readonly #components: LinkGossipComponents
  readonly #init: LinkGossipInit
  readonly #check: RecordCheck
  readonly #pace: Pace
  readonly #backbone: string
  readonly #isServer: boolean
  #bits = 0
  #isStarted = false
  #firstMs = 0
  #upkeepMs = -Infinity
  #movedMs = -Infinity
  #isNewHere = true
  #toldPlace: Coordinate | undefined
  #seq = 0
  #told = 0

  constructor (components: LinkGossipComponents, init: LinkGossipInit) {
    const { network, role } = init
    this.#components = components
    this.#init = init
    this.#backbone = backboneTopic(network)
    this.#isServer = role !== 'peer'
    this.#pace = new Pace(components)
    this.#check = new RecordCheck({
      ...components,
      open: bytes => openLinkState(bytes, { network, clock: components.clock }),
      onTaken: state => {
        components.onTaken(state)
        this.#splitWhenCrowded()
      }
    })
  }

  /** Leading bits of short IDs that name our cell of the region; empty for all of it. */
  get cell (): string { return this.#cellOf(this.#bits) }

  get counts (): GossipCounts {
    return { taken: this.#check.taken, told: this.#told, dropped: this.#check.dropped }
  }

  /** Between two records of ours, as things are. */
  get periodMs (): number { return this.#periodOf(this.#isServer) }

  /** Of a record, on average. */
  get recordBytes (): number {
    const { taken, takenBytes } = this.#check
    return taken === 0 ? ASSUMED_BYTES : takenBytes / taken
  }

  /** Once the host runs. */
  start (): void {
    if (this.#isStarted) return
    const { pubsub, reputation, clock, random } = this.#components
    this.#isStarted = true
    this.#firstMs = clock() + FIRST_MS + random() * FIRST_SPREAD_MS
    pubsub.judgedBy({
      isShunned: peer => reputation.isShunned(peer),
      flooded: peer => { reputation.blame(peer, 'flood') }
    })
    this.#join(this.#backbone, {
      fits: isServer,
      // Past so many nobody is added to those who tell.
      hasRoom: () => this.#count(isServer) < MAX_TELLERS
    })
    this.#joinCell()
  }

  stop (): void {
    if (!this.#isStarted) return
    this.#isStarted = false
    this.#components.pubsub.leave(this.#backbone)
    this.#components.pubsub.leave(this.#topicAt(this.#bits))
  }

  /** To be called every few seconds. */
  async tick (): Promise<void> {
    if (!this.#isStarted) return
    const nowMs = this.#components.clock()
    if (nowMs - this.#upkeepMs >= UPKEEP_MS) {
      this.#upkeepMs = nowMs
      this.#forgetTheGone()
      this.#move()
    }
    if (this.#isDue(nowMs)) await this.#tell()
  }

  #isDue (nowMs: number): boolean {
    const { pubsub, links } = this.#components
    if (nowMs < this.#firstMs || !this.#pace.mayTell(nowMs)) return false
    if (links.all().length === 0) return false
    const changedBy = this.#isNewHere ? ALL : Math.max(links.changedBy(), this.#movedBy())
    return this.#pace.isDue(nowMs, this.periodMs, changedBy) && pubsub.followers(this.#ownTopic) > 0
  }

  /** How far our place is from the one we told, as a share of a link of middling length. */
  #movedBy (): number {
    const [here, told] = [this.#components.coordinate(), this.#toldPlace]
    if (here == null || told == null) return here === told ? 0 : ALL
    const links = this.#components.links.list().map(({ rttMs }) => rttMs).sort((a, b) => a - b)
    const middleMs = Math.max(SHORT_MS, links[Math.floor(links.length / 2)] ?? 0)
    const movedMs = Math.hypot(here.x - told.x, here.y - told.y) +
      Math.abs(here.heightMs - told.heightMs)
    return movedMs / middleMs
  }

  async #tell (): Promise<void> {
    const { pubsub, privateKey, links, coordinate, clock } = this.#components
    const { network, region, role, relays } = this.#init
    const issuedAtMs = Math.floor(clock())
    // Higher than before a restart too.
    this.#seq = Math.max(this.#seq + 1, issuedAtMs)
    const at = coordinate()
    const told = links.list().map(({ id, rttMs }) => ({ peer: id, rttMs }))
    const record = await sealLinkState({
      network, region, role, relays, seq: this.#seq, issuedAtMs, links: told,
      ...(at != null && { coordinate: at })
    }, privateKey)
    links.told()
    this.#toldPlace = at
    this.#pace.told(issuedAtMs)
    this.#isNewHere = false
    this.#told++
    await pubsub.publish(this.#ownTopic, record)
  }

  #move (): void {
    const { pubsub, clock, log } = this.#components
    const bits = cellBits({
      bits: this.#bits,
      movedMs: clock() - this.#movedMs,
      isHeard: this.#isServer || !this.#isNewHere,
      nodesAt: bits => this.#nodesAt(bits),
      followersAt: bits => pubsub.followers(this.#topicAt(bits))
    })
    if (bits === this.#bits) return
    pubsub.leave(this.#topicAt(this.#bits))
    this.#bits = bits
    this.#movedMs = clock()
    this.#isNewHere = true
    this.#joinCell()
    log('moved to cell "%s" of region %s', this.cell, this.#init.region)
  }

  /** At once: of thousands that start together, few are heard before. */
  #splitWhenCrowded (): void {
    // To count them for each record is a twentieth of what an idle node does.
    const mayBe = this.#isStarted && this.#components.table.size >= MAX_CELL_NODES
    if (mayBe && this.#nodesAt(this.#bits) > MAX_CELL_NODES) this.#move()
  }

  #joinCell (): void {
    const bits = this.#bits
    this.#join(this.#topicAt(bits), {
      fits: node => this.#isOfCell(node, bits), hasRoom: () => this.#nodesAt(bits) < MAX_TELLERS
    })
  }

  /** Ourselves among them. */
  #nodesAt (bits: number): number {
    return this.#count(node => this.#isOfCell(node, bits)) + (this.#isServer ? 0 : 1)
  }

  #join (topic: string, rules: TopicRules): void {
    this.#components.pubsub.join(topic, (data, from) => this.#check.check(data, from, rules))
  }

  /** By the pace that they should keep: sooner than the table forgets them. */
  #forgetTheGone (): void {
    const { table, clock } = this.#components
    const [peersMs, serversMs] = [this.#periodOf(false), this.#periodOf(true)]
    for (const node of [...table.nodes()]) {
      const heldMs = PERIODS_HELD * (isServer(node) ? serversMs : peersMs) + LATE_MS
      if (clock() - node.issuedAtMs > heldMs) table.delete(node.peer)
    }
  }

  #periodOf (servers: boolean): number {
    const { bytesPerSecond = DEFAULT_BUDGET_BYTES_PER_SECOND } = this.#init
    const tellers = this.#count(servers ? isServer : node => this.#isOfCell(node, this.#bits))
    return periodMs({
      records: tellers + (servers === this.#isServer ? 1 : 0),
      recordBytes: this.recordBytes,
      bytesPerSecond: bytesPerSecond * (servers ? BACKBONE_SHARE : 1 - BACKBONE_SHARE)
    })
  }

  get #ownTopic (): string {
    return this.#isServer ? this.#backbone : this.#topicAt(this.#bits)
  }

  #topicAt (bits: number): string {
    return topicOf(this.#init.network, this.#init.region, this.#cellOf(bits))
  }

  #cellOf (bits: number): string {
    return cellOf(this.#components.peerId, bits)
  }

  #isOfCell (node: Pick<KnownNode, 'peer' | 'role' | 'region'>, bits: number): boolean {
    return !isServer(node) && node.region === this.#init.region &&
      cellOf(node.peer, bits) === this.#cellOf(bits)
  }

  #count (isMeant: (node: KnownNode) => boolean): number {
    let count = 0
    for (const node of this.#components.table.nodes()) {
      if (isMeant(node)) count++
    }
    return count
  }
}

const isServer = ({ role }: Pick<KnownNode, 'role'>): boolean => role !== 'peer'
