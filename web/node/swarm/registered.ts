/**
 * A page is in a room once a tracker knows where it is found.
 * in: the host, which gets its addresses from relays; trackers. out: a part that has started when
 * the first tracker has heard of us, and tells of addresses that change from then on.
 */

import type { OwnRecord } from '../../../daemon/own-record.ts'
import { UpstreamError } from '../../../protocols/errors.ts'
import type { Tracker } from '../../../protocols/tracker/types.ts'
import type { BrowserHost } from './browser-host.ts'

export interface RegisteredComponents {
  host: Pick<BrowserHost, 'getMultiaddrs' | 'addEventListener' | 'removeEventListener'>
  record: Pick<OwnRecord, 'renew'>
  trackers: ReadonlyArray<Pick<Tracker, 'heartbeat'>>
  /** Has others hear of our new record. */
  renew: () => void
}

/** Without a slot at a relay others cannot come to us, but we can go to daemons. */
const SLOT_MS = 5_000
const ANSWER_MS = 5_000

export function registered ({ host, record, trackers, renew }: RegisteredComponents) {
  let told = ''
  const tell = (): void => {
    const found = `${host.getMultiaddrs()}`
    if (found === told) return
    told = found
    void record.renew().then(renew)
  }
  return {
    start: async () => {
      await hasAddress(host)
      told = `${host.getMultiaddrs()}`
      await record.renew()
      const options = { signal: AbortSignal.timeout(ANSWER_MS) }
      await Promise.any(trackers.map(tracker => tracker.heartbeat(options))).catch(cause => {
        throw new UpstreamError('no tracker could be reached', { cause })
      })
      host.addEventListener('self:peer:update', tell)
    },
    stop: () => { host.removeEventListener('self:peer:update', tell) }
  }
}

/** Resolves when others can find us, or that takes too long. */
async function hasAddress (host: RegisteredComponents['host']): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const look = (): void => { if (host.getMultiaddrs().length > 0) resolve() }
  const timer = setTimeout(resolve, SLOT_MS)
  // The host collects changes of its address for a second before it tells of them.
  host.addEventListener('transport:listening', look)
  look()
  await promise
  clearTimeout(timer)
  host.removeEventListener('transport:listening', look)
}
