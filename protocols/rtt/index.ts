/**
 * RTTs between nodes, gossiped: who is how far from whom.
 * in: a node's own links and place. out: signed records, and the topics they are told on.
 *
 *   const bytes = await sealLinkState(state, privateKey)
 *   const state = await openLinkState(bytes, { network, clock })
 *   topicOf('main', 'eu')                                   // '/cdnd/main/rtt/1/eu'
 */

export { decodePlace, encodePlace, PLACE_BYTES } from './place.ts'
export { type LinkStateRules, openLinkState, sealLinkState } from './record.ts'
export { shortIdOf } from './short-id.ts'
export { SmoothedRtt } from './smoothed-rtt.ts'
export { backboneTopic, cellOf, topicOf } from './topic.ts'
export type { Coordinate, Link, LinkState, ShortId } from './types.ts'
