/**
 * Dashboard: how the network does, out of what nodes report with their heartbeats.
 * in: a tracker. out: figures of the last hour, news of them, who holds which part of a title, and
 * HTTP for all of that.
 */

export { Dashboard, type DashboardInit, DEFAULT_DASHBOARD } from './dashboard.ts'
export { dashboardRoutes } from './dashboard-routes.ts'
export { FiguresFeed } from './figures-feed.ts'
