/**
 * A page's node, put together. in: settings. out: retrieval, sessions and store that run in a
 * browser.
 */

import { config } from 'zod/mini'
import type { CID } from 'multiformats/cid'
import { Holdings } from '../../daemon/retrieval/holdings.ts'
import { HttpBroker } from '../../daemon/retrieval/http-broker.ts'
import { NotFoundMemory } from '../../daemon/retrieval/not-found.ts'
import { PlaybackCounts } from '../../daemon/retrieval/playback-counts.ts'
import { createRetrieval } from '../../daemon/retrieval/retrieval.ts'
import { Sessions } from '../../daemon/retrieval/sessions.ts'
import type { BlockWant, Delivery } from '../../daemon/retrieval/types.ts'
import { PenaltyBook } from '../../daemon/routing/penalty.ts'
import { systemTimer } from '../../protocols/clock.ts'
import { LateBroker } from './late-broker.ts'
import { Membership } from './membership.ts'
import { pageFetch } from './page-fetch.ts'
import { PageLimits } from './page-limits.ts'
import { PageSources } from './page-sources.ts'
import { PageTraffic } from './page-traffic.ts'
import { rehearse } from './rehearse.ts'
import { silentLogger } from './silent-log.ts'
import type { BlockEvent, PageNode, PageNodeInit } from './types.ts'
import { webSha256 } from './web-sha256.ts'
import { whenIdle } from './when-idle.ts'
import { openWebStore } from './web-store.ts'

const ambient = { clock: Date.now, timer: systemTimer, random: Math.random }

/**
 * A node that is not started; its store is open.
 *
 * @throws InvalidArgumentError when a base is no URL
 * @example
 * const node = await createPageNode({ bases: ['https://edge.example'] })
 * await node.start()
 * const { chunks } = await node.sessions.request(content, '128k', 0)
 */
export async function createPageNode (init: PageNodeInit): Promise<PageNode> {
  // Where a page's policy forbids it, each try to compile a check would be reported.
  config({ jitless: true })
  const logger = init.logger ?? silentLogger
  const sources = new PageSources({ fetch: pageFetch, timer: systemTimer }, init.bases)
  const { store, titles, isPersistent } = await openWebStore({
    ...init, sha256: webSha256, logger
  })
  const events = new EventTarget()
  const penalties = new PenaltyBook({ clock: Date.now })
  const holdings = new Holdings({
    store, titles, sha256: webSha256, log: logger.forComponent('cdnd:holdings')
  })
  const http = new HttpBroker({ sources, fetch: pageFetch, penalties, clock: Date.now })
  const late = new LateBroker({
    onUnserved: () => { events.dispatchEvent(new Event('unserved')) }
  })
  const playback = new PlaybackCounts()
  const traffic = new PageTraffic({ playback })
  const brokers = [late, http]
  const { segmentTimeoutMs, peerTimeMs } = init
  const retrieval = createRetrieval({
    ...(segmentTimeoutMs != null && { timeoutMs: segmentTimeoutMs }),
    ...(peerTimeMs != null && { peerTimeMs })
  })({
    store,
    brokers,
    holdings,
    notFound: new NotFoundMemory({ clock: Date.now, brokers }),
    penalties,
    sha256: webSha256,
    logger,
    metrics: traffic,
    onBlock: (want, delivery) => {
      events.dispatchEvent(new CustomEvent('block', { detail: blockEvent(want, delivery) }))
    },
    ...ambient
  })
  const crowd = {
    isOurs: (want: BlockWant) => late.isOurs(want),
    isAround: (want: BlockWant) => late.isAround(want),
    // What is fetched ahead must not delay what a player was just given.
    gathered: async (content: CID, options: { signal: AbortSignal }) => {
      await whenIdle()
      await late.gathered(content, options)
    }
  }
  const sessions = new Sessions({ retrieval, store, crowd, logger, playback, ...ambient })
  const membership = new Membership({
    broker: late,
    sources,
    holdings,
    penalties,
    limits: new PageLimits(init),
    traffic,
    playback,
    logger,
    onState: detail => { events.dispatchEvent(new CustomEvent('state', { detail })) },
    onNeighbours: () => { events.dispatchEvent(new Event('neighbours')) }
  }, init)
  return {
    retrieval,
    sessions,
    store,
    isPersistent,
    events,
    addServer: url => { sources.add(url) },
    get state () { return membership.state },
    neighbours: () => membership.neighbours(),
    joinSwarm: () => membership.join(),
    leaveSwarm: () => membership.leave(),
    start: async () => {
      await store.start()
      sources.start()
      holdings.start()
      await retrieval.start()
      membership.start()
      // Who plays already would wait for it.
      void whenIdle().then(async () => { if (late.content == null) await rehearse(webSha256) })
    },
    stop: async () => {
      sessions.stop()
      await membership.stop()
      sources.stop()
      await retrieval.stop()
      await holdings.stop()
      await store.stop()
    }
  }
}

function blockEvent (want: BlockWant, delivery: Delivery): BlockEvent {
  const { cid, content, rendition, number } = want
  const { source, from, bytes, elapsedMs, rttMs, wire } = delivery
  return {
    cid,
    ...(content != null && { content }),
    ...(rendition != null && { rendition }),
    ...(number != null && { number }),
    source: source === 'local' ? 'cache' : source,
    ...(from != null && { from }),
    bytes,
    ms: elapsedMs,
    ...(rttMs != null && { rttMs }),
    ...(wire != null && { wire })
  }
}
