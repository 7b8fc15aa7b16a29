/**
 * What a node answers over HTTP.
 * in: the node's base and parts. out: gateway, control API, and the node as the two see it.
 */

import type { CID } from 'multiformats/cid'
import { ContentNotFoundError } from '../protocols/errors.ts'
import { sha256 } from '../protocols/sha256.ts'
import type { Tracker } from '../protocols/tracker/index.ts'
import type { Announcer } from './announcer.ts'
import type { Delivery } from './delivery.ts'
import { control, gateway, type GatewayComponents, type HttpListener } from './http/index.ts'
import { KeptFiles } from './kept-files.ts'
import { KnownTitles } from './known-titles.ts'
import type { Meeting } from './meeting.ts'
import type { NodeBase } from './node.ts'
import { NodeActions } from './node-actions.ts'
import type { Popularity } from './popularity.ts'
import { RemoteCatalog } from './remote-catalog.ts'
import type { Routing } from './routing-parts.ts'
import { remembering } from './title-lookup.ts'

export interface Listeners {
  gateway: HttpListener
  control: HttpListener
  node: NodeActions
  titles: KnownTitles
}

type Parts = Meeting & Delivery & Popularity & Pick<Routing, 'routes'> & { announcer: Announcer }

export function listenerParts (base: NodeBase, parts: Parts): Listeners {
  const { config, store, traffic, logger, log, services } = base
  const titles = titlesOf(base, parts)
  const node: NodeActions = new NodeActions({
    ...base,
    ...parts,
    titles,
    files: new KeptFiles({ store, holdings: base.holdings, sha256 }),
    listeners: { gateway: () => listeners.gateway, control: () => listeners.control },
    log: log('control'),
    stop: base.onShutdown
  })
  const common = {
    retrieval: playedBy(base, parts), store, titles, node, metrics: traffic, logger
  }
  const { admission } = base
  const controlInit = {
    ...config.control,
    data: config.data,
    role: config.role,
    gatewayUrl: () => listeners.gateway.url(),
    ...(services?.control != null && { routes: services.control })
  }
  const listeners: Listeners = {
    node,
    titles,
    gateway: (services?.gateway ?? gateway(config.gateway))({
      ...common,
      plays: parts.counter,
      pages: { trackers: config.tracker.urls },
      ...(admission != null && { admission })
    }),
    control: control(controlInit)({ ...common, actions: node, routes: parts.routes })
  }
  return listeners
}

/** A listener's requests move its window; edge and origin do not guess what comes next. */
function playedBy (
  { config }: NodeBase, { retrieval, sessions }: Parts
): GatewayComponents['retrieval'] {
  if (config.role !== 'peer') return retrieval
  return {
    hasSessions: true,
    prime: (content, rendition, options) => { sessions.prime(content, rendition, options) },
    opened: (content, ms, options) => { sessions.opened(content, ms, options) },
    manifest: (content, options) => retrieval.manifest(content, options),
    segment: (content, rendition, number, options) =>
      sessions.request(content, rendition, number, options),
    init: (content, rendition, options) => retrieval.init(content, rendition, options),
    file: (cid, options) => retrieval.file(cid, options),
    block: (want, options) => retrieval.block(want, options)
  }
}

function titlesOf (
  base: NodeBase, { retrieval, sources, trackers, fetch }: Parts
): KnownTitles {
  const { config, holdings, store, publisher, log } = base
  const remote = config.role === 'origin'
    ? undefined
    : new RemoteCatalog({ sources, fetch, clock: Date.now, log: log('catalog') })
  return new KnownTitles({
    holdings,
    retrieval,
    store,
    ...(publisher != null && { catalog: publisher }),
    ...(remote != null && { remote }),
    lookUp: remembering(async (cid, options) => await firstTitle(trackers, cid, options),
      Date.now, config.retrieval.notFoundMs)
  })
}

async function firstTitle (
  trackers: Array<Pick<Tracker, 'resolve'>>, cid: CID, options: { signal?: AbortSignal }
): Promise<CID | undefined> {
  const answers = trackers.map(async tracker => {
    const content = await tracker.resolve(cid, options)
    if (content == null) throw new ContentNotFoundError(`the tracker knows no title of ${cid}`)
    return content
  })
  // Only when every tracker has failed or knows nothing is the answer "unknown".
  return await Promise.any(answers).catch(() => undefined)
}
