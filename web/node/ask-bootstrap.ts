/**
 * What a bootstrap tells a page over HTTP. in: its URL. out: how its swarm is joined, and how many
 * play a title.
 */

import type { CID } from 'multiformats/cid'
import { readBounded } from '../../daemon/retrieval/bounded-body.ts'
import { InvalidMessageError, UpstreamError } from '../../protocols/errors.ts'
import {
  MAX_ADDRESS_LENGTH, MAX_NETWORK_LENGTH, MAX_REGION_LENGTH
} from '../../protocols/limits.ts'
import { pageFetch } from './page-fetch.ts'

export interface JoinAnswer {
  network: string
  /** Multiaddrs with /p2p/ at which a browser can dial it. */
  addresses: string[]
  iceServers: RTCIceServer[]
  region: string
}

export interface Visit {
  content?: CID | undefined
  /** By chance, so that a page that asks often is counted once. */
  page: string
  signal: AbortSignal
}

const ANSWER_MS = 5_000
const MAX_ANSWER_BYTES = 64 * 1024
const MAX_ADDRESSES = 8
const MAX_ICE_SERVERS = 8

/** @throws UpstreamError InvalidMessageError, or the signal's reason */
export async function askToJoin (base: string, visit: Visit): Promise<JoinAnswer> {
  const title = visit.content == null ? '' : `content=${visit.content}&`
  const { network, addresses, iceServers, region } =
    await ask(`${base}/join?${title}page=${visit.page}`, visit)
  if (!isName(network, MAX_NETWORK_LENGTH) || !isName(region, MAX_REGION_LENGTH) ||
    !Array.isArray(addresses) || !Array.isArray(iceServers)) {
    throw new InvalidMessageError(`${base} does not answer as a bootstrap does`)
  }
  return {
    network,
    region,
    addresses: addresses.filter(each => isName(each, MAX_ADDRESS_LENGTH)).slice(0, MAX_ADDRESSES),
    iceServers: iceServers.filter(isIceServer).slice(0, MAX_ICE_SERVERS)
  }
}

/** Those who play the title, this page among them. @throws as {@link askToJoin} */
export async function askViewers (base: string, content: CID, visit: Visit): Promise<number> {
  const { viewers } = await ask(`${base}/viewers/${content}?page=${visit.page}`, visit)
  if (typeof viewers !== 'number') {
    throw new InvalidMessageError(`${base} does not answer as a bootstrap does`)
  }
  return viewers
}

async function ask (url: string, { signal: outer }: Visit): Promise<Record<string, unknown>> {
  const signal = AbortSignal.any([outer, AbortSignal.timeout(ANSWER_MS)])
  try {
    const answer = await pageFetch(url, { redirect: 'error', signal })
    const bytes = await readBounded(answer, MAX_ANSWER_BYTES)
    if (answer.status !== 200) throw new UpstreamError(`${url} answered ${answer.status}`)
    return Object(JSON.parse(new TextDecoder().decode(bytes)))
  } catch (cause) {
    outer.throwIfAborted()
    throw cause instanceof UpstreamError
      ? cause
      : new UpstreamError(`the bootstrap could not be asked (${url})`, { cause })
  }
}

const isName = (value: unknown, maxLength: number): value is string =>
  typeof value === 'string' && value.length <= maxLength

function isIceServer (value: unknown): value is RTCIceServer {
  const { urls } = Object(value) as { urls?: unknown }
  return Array.isArray(urls) && urls.every(url => isName(url, MAX_ADDRESS_LENGTH))
}
