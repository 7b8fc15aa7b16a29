/**
 * Routes as a test says they are.
 * in: for each target the ways to it, the best first. out: the best that avoids whom it should.
 */

import type { Estimate, Route, RouteOptions } from '../../../daemon/routing/index.ts'

export class FakeRoutes {
  /** Relays on each way, by target. */
  readonly ways = new Map<string, string[][]>()
  asked = 0

  estimate (): Estimate | undefined {
    return undefined
  }

  routeTo (
    peer: string, { avoid = new Set(), maxRelays = 3 }: RouteOptions = {}
  ): Route | undefined {
    this.asked++
    const hops = (this.ways.get(peer) ?? [])
      .find(way => way.length <= maxRelays && !way.some(hop => avoid.has(hop)))
    return hops && { hops, rttMs: 10 * (hops.length + 1) }
  }
}
