/**
 * Who gave what over the last hour.
 * in: what nodes say they sent and got, step by step. out: the peers that gave the most.
 *
 * Nobody has given more than all the others say they got from peers: a claim beyond that is cut.
 */

import { LRUCache } from 'lru-cache'
import type { Contributor } from '../../protocols/dashboard/index.ts'

/** Nodes remembered; the longest unheard makes room. */
const MAX_NODES = 4_000
/** An hour is kept in so many pieces. */
const SLOTS = 12
const SLOT_MS = 5 * 60_000

export interface Contribution extends Pick<Contributor, 'id' | 'role' | 'region'> {
  uploaded: number
  /** From peers. */
  fromPeers: number
  /** From anybody. */
  fetched: number
}

interface Slot extends Pick<Contribution, 'uploaded' | 'fromPeers' | 'fetched'> { number: number }
type Known = Pick<Contributor, 'id' | 'role' | 'region'> & { slots: Slot[] }

export class Contributions {
  readonly #nodes = new LRUCache<string, Known>({ max: MAX_NODES })

  add ({ id, role, region, uploaded, fromPeers, fetched }: Contribution, nowMs: number): void {
    const number = Math.floor(nowMs / SLOT_MS)
    const slots = (this.#nodes.get(id)?.slots ?? []).filter(slot => isRecent(slot, number))
    const last = slots.at(-1)
    if (last?.number === number) {
      last.uploaded += uploaded
      last.fromPeers += fromPeers
      last.fetched += fetched
    } else {
      slots.push({ number, uploaded, fromPeers, fetched })
    }
    this.#nodes.set(id, { id, role, region, slots })
  }

  /** The most first; those that gave nothing are left out. */
  top (limit: number, nowMs: number): Contributor[] {
    const now = Math.floor(nowMs / SLOT_MS)
    const nodes = [...this.#nodes.values()].map(({ id, role, region, slots }) => {
      const recent = slots.filter(slot => isRecent(slot, now))
      const sum = (name: 'uploaded' | 'fromPeers' | 'fetched'): number =>
        recent.reduce((total, slot) => total + slot[name], 0)
      return {
        id, role, region, uploaded: sum('uploaded'), taken: sum('fromPeers'),
        fetchedBytes: Math.round(sum('fetched'))
      }
    })
    const takenByAll = nodes.reduce((total, { taken }) => total + taken, 0)
    return nodes.filter(({ role, uploaded }) => role === 'peer' && uploaded > 0)
      .map(({ uploaded, taken, ...rest }) =>
        ({ ...rest, uploadedBytes: Math.round(Math.min(uploaded, takenByAll - taken)) }))
      .filter(({ uploadedBytes }) => uploadedBytes > 0)
      .sort((a, b) => b.uploadedBytes - a.uploadedBytes || (a.id < b.id ? -1 : 1))
      .slice(0, limit)
  }
}

const isRecent = ({ number }: Slot, now: number): boolean => number > now - SLOTS
