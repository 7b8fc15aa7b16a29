/**
 * What makes a node a bootstrap: the tracker, over libp2p and over HTTP, topology and dashboard.
 * in: settings, a libp2p host. out: the services a node is composed with.
 */

import { publicKeyFromRaw } from '@libp2p/crypto/keys'
import type { ComponentLogger } from '@libp2p/interface'
import type { Config } from '../daemon/config.ts'
import { HttpServer, nodeRoutes } from '../daemon/http/index.ts'
import type { NodeServices } from '../daemon/node.ts'
import { systemTimer } from '../protocols/clock.ts'
import type { Host } from '../protocols/host.ts'
import { TrackerServer } from '../protocols/tracker/index.ts'
import { Departures } from './departures.ts'
import { joinRoutes } from './join-routes.ts'
import { Dashboard, type DashboardInit, dashboardRoutes, FiguresFeed } from './dashboard/index.ts'
import { openTrackerStore } from './open-store.ts'
import { GraphFeed, operatorRoutes, Topology, topologyRoutes } from './topology/index.ts'
import { routingRoutes } from './routing-routes.ts'
import { trackerRoutes } from './tracker-routes.ts'
import { BootstrapTracker } from './tracker.ts'

/** For `createNode`. `init` is the dashboard's pace, for tests. */
export const bootstrapServices = (
  config: Config, logger: ComponentLogger, init: DashboardInit = {}
) => (host: Host): NodeServices => {
  const log = logger.forComponent('cdnd:tracker')
  const tracker = new BootstrapTracker({ store: openTrackerStore(config, log), log }, {
    network: config.network,
    ...(config.operatorKey != null && { operatorKey: publicKeyFromRaw(config.operatorKey) })
  })
  const server = new TrackerServer({ service: tracker, registrar: host, log })
  const departures = new Departures({ host, tracker, log })
  const ambient = { clock: Date.now, timer: systemTimer }
  const topology = new Topology({ tracker, ...ambient })
  const feed = new GraphFeed({ topology, ...ambient, log: logger.forComponent('cdnd:topology') })
  const dashboard = new Dashboard({ tracker, ...ambient, log }, init)
  const figures = new FiguresFeed({ dashboard, ...ambient, log })
  return {
    part: {
      start: async () => {
        await tracker.start()
        await server.start()
        dashboard.start()
        departures.start()
      },
      stop: async () => {
        feed.stop()
        figures.stop()
        await dashboard.stop()
        departures.stop()
        await server.stop()
        await tracker.stop()
      }
    },
    gateway: components => new HttpServer(components, {
      ...config.gateway, listener: 'gateway'
    }, async app => {
      await nodeRoutes(components)(app)
      await app.register(trackerRoutes(tracker))
      await app.register(routingRoutes(tracker))
      await app.register(joinRoutes({ host, tracker, clock: Date.now }, {
        network: config.network, region: config.region, ...config.browsers
      }))
      await app.register(topologyRoutes({ tracker, topology, feed }))
      await app.register(dashboardRoutes({ tracker, dashboard, feed: figures, clock: Date.now }))
    }),
    control: operatorRoutes(tracker)
  }
}
