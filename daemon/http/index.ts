/**
 * HTTP: the gateway that players, pages and peers read from, and the control API of this machine's
 * user. in: a node's parts. out: two listeners.
 */

export { type ControlApi, type ControlInit, control } from './control.ts'
export { type GatewayInit, gateway } from './gateway.ts'
export { isMedia } from './media-answer.ts'
export { nodeRoutes } from './node-routes.ts'
export { publicUrl } from './public-url.ts'
export { HttpServer, type HttpServerInit, type Routes } from './server.ts'
export {
  type CatalogEntry, segmentSummaries, songDetail, songSummary, titleSummary
} from './title-summary.ts'
export type {
  ControlActions, ControlComponents, GatewayComponents, HttpAnswer, HttpListener, HttpMetrics,
  Listener, NodeFacts, Titles
} from './types.ts'
