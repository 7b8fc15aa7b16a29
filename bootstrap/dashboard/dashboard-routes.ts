/**
 * The dashboard over HTTP.
 * in: a tracker, and the figures made of what it keeps. out: a fastify plugin.
 *
 *   GET /dashboard                                   → a page that draws it
 *   GET /dashboard/figures                           → {stepMs, steps, top, titles, isWhole}
 *   GET /dashboard/events                            → server-sent events, see figures-feed.ts
 *   GET /dashboard/availability?content=&rendition=  → {content, rendition, parts, rows, …}
 */

import type { FastifyPluginAsync } from 'fastify'
import { LRUCache } from 'lru-cache'
import type { CID } from 'multiformats/cid'
import { WebPage } from '../../daemon/web-page.ts'
import { parseCid } from '../../protocols/cid.ts'
import type { Clock } from '../../protocols/clock.ts'
import type { Availability } from '../../protocols/dashboard/index.ts'
import { InvalidArgumentError } from '../../protocols/errors.ts'
import { pageRoutes, sendJson, textOf } from '../reading-routes.ts'
import type { RateLimit } from '../token-buckets.ts'
import type { BootstrapTracker } from '../tracker.ts'
import { speakAsTracker } from '../tracker-routes.ts'
import { availabilityOf } from './availability.ts'
import type { Dashboard } from './dashboard.ts'
import type { FiguresFeed } from './figures-feed.ts'

export interface DashboardRoutesComponents {
  tracker: Pick<BootstrapTracker, 'holdings'>
  dashboard: Pick<Dashboard, 'figures'>
  feed: FiguresFeed
  clock: Clock
  page?: Pick<WebPage, 'file'>
}

export interface DashboardRoutesOptions {
  /** Of one address, {@link DEFAULT_DASHBOARD_RATE}. */
  addressRate?: RateLimit
}

export const DEFAULT_DASHBOARD_RATE: RateLimit = { perSecond: 10, burst: 200 }

/** Rows of one answer. Higher: more of a large crowd is seen; lower: smaller answers. */
const MAX_ROWS = 256
/** An availability is as good as new for so long; of so many titles it is kept. */
const FRESH_MS = 2_000
const MAX_KEPT = 64

export function dashboardRoutes (
  components: DashboardRoutesComponents, options: DashboardRoutesOptions = {}
): FastifyPluginAsync {
  const { dashboard, feed, page } = components
  const availability = availabilities(components)
  return async app => {
    await speakAsTracker(app, options.addressRate ?? DEFAULT_DASHBOARD_RATE)
    app.get('/dashboard/figures', async (request, reply) =>
      sendJson(request, reply, dashboard.figures()))
    app.get('/dashboard/events', async (request, reply) => {
      await feed.add(reply.raw, request.ip)
      return reply.hijack()
    })
    app.get('/dashboard/availability', async (request, reply) => {
      const content = textOf(request, 'content')
      if (content == null) throw new InvalidArgumentError('ask /dashboard/availability?content=ID')
      const answer = await availability(parseCid(content), textOf(request, 'rendition'))
      return sendJson(request, reply, answer)
    })
    pageRoutes(app, '/dashboard', page ?? new WebPage('dashboard'))
  }
}

function availabilities ({ tracker, clock }: DashboardRoutesComponents) {
  const kept = new LRUCache<string, { answer: Promise<Availability>, atMs: number }>(
    { max: MAX_KEPT })
  return async (content: CID, rendition: string | undefined): Promise<Availability> => {
    const key = `${content} ${rendition ?? ''}`
    const known = kept.get(key)
    if (known != null && clock() - known.atMs < FRESH_MS) return await known.answer
    const answer = tracker.holdings(content, MAX_ROWS + 1).then(holders =>
      availabilityOf(content, rendition, holders, MAX_ROWS))
    kept.set(key, { answer, atMs: clock() })
    answer.catch(() => { kept.delete(key) })
    return await answer
  }
}
