/**
 * What a node says of itself to an edge or origin over HTTP: docs/http.md.
 */

/** Whoever asks has a swarm to be sent to; its version. An edge does not say so, nor a player. */
export const CLIENT_HEADER = 'cdnd-client'
/** Its peer ID: it is a provider too once it has begun to play, and is not sent to itself. */
export const PEER_HEADER = 'cdnd-peer'
