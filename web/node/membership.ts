/**
 * Whether a page takes part in a swarm.
 * in: join, leave; how many play the title. out: a broker that has the swarm's sources while the
 * page is in it. What a swarm is made of is loaded when one is joined.
 */

import type { ComponentLogger } from '@libp2p/interface'
import { pause } from '../../daemon/discovery/pause.ts'
import type { Holdings } from '../../daemon/retrieval/holdings.ts'
import type { PlaybackCounts } from '../../daemon/retrieval/playback-counts.ts'
import type { PenaltyBook } from '../../daemon/routing/penalty.ts'
import { systemTimer } from '../../protocols/clock.ts'
import { InvalidArgumentError, UpstreamError } from '../../protocols/errors.ts'
import { askToJoin, askViewers, type JoinAnswer } from './ask-bootstrap.ts'
import type { LateBroker } from './late-broker.ts'
import type { PageLimits } from './page-limits.ts'
import type { PageSources } from './page-sources.ts'
import type { PageTraffic } from './page-traffic.ts'
import type { PageSwarm } from './swarm/join-swarm.ts'
import type { NeighbourView, PageNodeInit, SwarmState } from './types.ts'

export interface MembershipComponents {
  broker: LateBroker
  sources: PageSources
  holdings: Holdings
  penalties: PenaltyBook
  limits: PageLimits
  traffic: PageTraffic
  playback: PlaybackCounts
  logger: ComponentLogger
  onState: (state: SwarmState) => void
  onNeighbours: () => void
}

export type MembershipInit = Pick<PageNodeInit,
  'bootstrap' | 'maxPeers' | 'minViewers' | 'region' | 'relayOnly' | 'report' | 'stunServers' |
    'turnServers'>

/** Peers asked for one title. Higher: more sources; lower: fewer connections. */
export const DEFAULT_MAX_PEERS = 8

/** Blocks that are not needed at once wait so long for the swarm to be joined, and for the call. */
const PATIENCE_MS = 5_000
/** Between two looks at how many there are, of whom few wait for more. */
const LOOK_MS = 5_000

export class Membership {
  readonly #components: MembershipComponents
  readonly #init: MembershipInit
  /** This visit's, by chance. */
  readonly #page = crypto.getRandomValues(new Uint8Array(12)).join('-').slice(0, 64)
  #state: SwarmState = 'servers'
  #swarm: PageSwarm | undefined
  #lifetime: AbortController | undefined
  #joining: Promise<void> | undefined
  #leaving: Promise<void> = Promise.resolve()
  readonly #started = new AbortController()
  #stopWaiting = (): void => {}

  constructor (components: MembershipComponents, init: MembershipInit) {
    this.#components = components
    this.#init = init
  }

  get state (): SwarmState { return this.#state }

  neighbours (): NeighbourView[] {
    return this.#swarm?.neighbours() ?? []
  }

  /**
   * From the first question for a title on, what is not needed at once waits a moment for a page
   * that is to join: else most of it would be here, from servers, before the swarm is.
   */
  start (): void {
    const { bootstrap = [], minViewers = 0 } = this.#init
    if (bootstrap.length === 0 || minViewers > 1) return
    const { broker } = this.#components
    broker.expect(true)
    void broker.asked(this.#started).then(() => {
      this.#stopWaiting = systemTimer(PATIENCE_MS, () => { broker.expect(false) })
    }, () => {})
  }

  async stop (): Promise<void> {
    this.#started.abort()
    await this.leave()
  }

  /**
   * Resolves when joined; waits while there are too few viewers.
   *
   * @throws InvalidArgumentError without a bootstrap, UpstreamError when none can be reached, an
   *   AbortError when the swarm is left meanwhile
   */
  async join (): Promise<void> {
    this.#joining ??= this.#begin()
    await this.#joining
  }

  /** Playback goes on from servers. */
  async leave (): Promise<void> {
    this.#lifetime?.abort(new DOMException('the swarm was left', 'AbortError'))
    this.#lifetime = undefined
    this.#joining = undefined
    const swarm = this.#swarm
    this.#swarm = undefined
    removeEventListener('pageshow', this.#onShow)
    this.#stopWaiting()
    const { broker, sources, limits } = this.#components
    broker.use(undefined)
    sources.follow(undefined)
    limits.stop()
    this.#enter('servers')
    this.#leaving = this.#leaving.then(async () => { await swarm?.stop() }).catch(err => {
      this.#components.logger.forComponent('cdnd:swarm').error('did not leave cleanly - %e', err)
    })
    await this.#leaving
  }

  async #begin (): Promise<void> {
    const lifetime = new AbortController()
    this.#lifetime = lifetime
    const { signal } = lifetime
    try {
      await this.#leaving
      await this.#enough(signal)
      await this.#join(signal)
    } catch (err) {
      if (this.#lifetime === lifetime) await this.leave()
      throw err
    }
  }

  /** Asks until so many play the title that a swarm is worth while. */
  async #enough (signal: AbortSignal): Promise<void> {
    const { bootstrap = [], minViewers = 0 } = this.#init
    if (bootstrap.length === 0) {
      throw new InvalidArgumentError('no bootstrap is set: pages meet at one, give its URL')
    }
    if (minViewers <= 1) return
    this.#enter('waiting')
    const content = await this.#components.broker.asked({ signal })
    for (;;) {
      const visit = { page: this.#page, signal }
      const counts = await Promise.all(bootstrap.map(base =>
        askViewers(base, content, visit).catch(() => 0)))
      signal.throwIfAborted()
      if (Math.max(...counts) >= minViewers) return
      await pause(systemTimer, LOOK_MS * (0.75 + Math.random() / 2), signal)
    }
  }

  async #join (signal: AbortSignal): Promise<void> {
    const { broker, sources, limits, onNeighbours } = this.#components
    this.#enter('joining')
    this.#stopWaiting()
    broker.expect(true)
    this.#stopWaiting = systemTimer(PATIENCE_MS, () => { broker.expect(false) })
    const [{ joinSwarm }, answers] = await Promise.all([
      import('./swarm/join-swarm.ts'), this.#ask(signal)
    ])
    limits.start()
    const swarm = await joinSwarm({ ...this.#components, onNeighbours }, {
      answers, page: this.#page, ...settingsOf(this.#init, [...answers.values()])
    }, { signal })
    this.#stopWaiting()
    if (signal.aborted) await swarm.stop()
    signal.throwIfAborted()
    this.#swarm = swarm
    sources.follow(swarm.sources)
    broker.use(swarm.peers)
    addEventListener('pageshow', this.#onShow)
    this.#enter('joined')
  }

  /** The answers of bootstraps of one network: that of the first that answered. */
  async #ask (signal: AbortSignal): Promise<Map<string, JoinAnswer>> {
    const { bootstrap = [] } = this.#init
    const visit = { content: this.#components.broker.content, page: this.#page, signal }
    const told = await Promise.allSettled(bootstrap.map(base => askToJoin(base, visit)))
    signal.throwIfAborted()
    const answers = new Map<string, JoinAnswer>()
    for (const [i, answer] of told.entries()) {
      if (answer.status === 'rejected') continue
      const [first = answer.value] = answers.values()
      if (first.network === answer.value.network) answers.set(bootstrap[i]!, answer.value)
    }
    if (answers.size === 0) {
      const [cause] = told.map(answer => answer.status === 'rejected' ? answer.reason : undefined)
      throw new UpstreamError('no bootstrap could be asked', { cause })
    }
    return answers
  }

  /** A page that was put away has said farewell: it comes back as another. */
  readonly #onShow = ({ persisted }: PageTransitionEvent): void => {
    if (persisted) void this.leave().then(() => this.join()).catch(() => {})
  }

  #enter (state: SwarmState): void {
    if (this.#state === state) return
    this.#state = state
    this.#components.onState(state)
  }
}

function settingsOf (init: MembershipInit, answers: JoinAnswer[]) {
  const { maxPeers = DEFAULT_MAX_PEERS, relayOnly = false, stunServers = [] } = init
  const stun = stunServers.length > 0 ? [{ urls: [...stunServers] }] : []
  return {
    region: init.region ?? answers[0]!.region,
    maxPeers,
    iceServers: [
      ...stun, ...init.turnServers ?? [], ...answers.flatMap(({ iceServers }) => iceServers)
    ],
    isRelayOnly: relayOnly,
    isReporting: init.report ?? true
  }
}
