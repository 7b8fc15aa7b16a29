/**
 * What helps two browsers to reach each other. in: settings. out: STUN and TURN servers as
 * RTCPeerConnection takes them, TURN with a password that ends.
 *
 * A TURN server that shares the secret knows the password without asking us: coturn's
 * `use-auth-secret`, https://datatracker.ietf.org/doc/html/draft-uberti-behave-turn-rest-00.
 */

import { createHmac, randomBytes } from 'node:crypto'
import type { Clock } from '../protocols/clock.ts'

export interface IceSettings {
  /** `stun:host:port` */
  stun: readonly string[]
  /** `turn:host:port?transport=udp` */
  turn: readonly string[]
  /** What coturn has as `static-auth-secret`; wherever there is TURN. */
  turnSecret?: string | undefined
}

export interface IceServer {
  urls: string[]
  username?: string
  credential?: string
}

/** Higher: longer visits keep their relay; lower: a password that got about is of use for less. */
export const TURN_PASSWORD_MS = 12 * 60 * 60_000

/** It tells two visits apart in the TURN server's log, and says nothing of who it is. */
const NAME_BYTES = 8

export function iceServers (
  { stun, turn, turnSecret }: IceSettings, clock: Clock = Date.now
): IceServer[] {
  const servers: IceServer[] = stun.length > 0 ? [{ urls: [...stun] }] : []
  if (turn.length === 0 || turnSecret == null) return servers
  const endsSeconds = Math.floor((clock() + TURN_PASSWORD_MS) / 1000)
  const username = `${endsSeconds}:${randomBytes(NAME_BYTES).toString('hex')}`
  const credential = createHmac('sha1', turnSecret).update(username).digest('base64')
  return [...servers, { urls: [...turn], username, credential }]
}
