/**
 * The Redis client as a tracker uses it: it fails at once while Redis is away, and tries on.
 * In a file of its own, so that only those who use it load it: it takes 28 MB.
 */

import { createClient } from '@redis/client'

const CONNECT_TIMEOUT_MS = 2_000
const MIN_RECONNECT_MS = 50
const MAX_RECONNECT_MS = 1_000
/** A connection on which nothing comes for so long, pings included, is given up. */
const PING_MS = 2_000
const SILENCE_MS = 5_000

export type RedisClient = ReturnType<typeof redisClient>

/** Not connected. */
export const redisClient = (url: string) => createClient({
  url,
  disableOfflineQueue: true,
  pingInterval: PING_MS,
  socket: {
    connectTimeout: CONNECT_TIMEOUT_MS,
    socketTimeout: SILENCE_MS,
    reconnectStrategy: tries => Math.min(MAX_RECONNECT_MS, MIN_RECONNECT_MS * 2 ** tries)
  }
})
