/**
 * Two replicas on one Redis: nodes speak to either, both see all of it.
 */

import { expect } from 'chai'
import { Dashboard } from '../../../bootstrap/dashboard/index.ts'
import { RedisLink } from '../../../bootstrap/redis-link.ts'
import { RedisStore } from '../../../bootstrap/redis-store.ts'
import { DEFAULT_STORE_LIMITS } from '../../../bootstrap/store-limits.ts'
import { BootstrapTracker, DEFAULT_TTL_MS } from '../../../bootstrap/tracker.ts'
import { systemTimer } from '../../../protocols/clock.ts'
import { encodeReport } from '../../../protocols/tracker/index.ts'
import { spokenLog } from '../../daemon/spoken-log.ts'
import { until } from '../../e2e/network-rig.ts'
import { NETWORK, refusal, testNode } from '../../protocols/tracker/nodes.ts'
import { RedisServer } from '../redis-server.ts'
import { reportOf } from './reporters.ts'

const NODES = 4

describe('bootstrap/dashboard of replicas', function () {
  this.timeout(30_000)
  let redis: RedisServer
  const trackers: BootstrapTracker[] = []
  before(async () => { redis = await RedisServer.start() })
  after(async () => {
    for (const tracker of trackers) await tracker.stop()
    await redis.stop()
  })

  const replica = async () => {
    const { log } = spokenLog()
    const link = new RedisLink({ log }, { url: redis.url, prefix: '{cdnd:replicas}:' })
    const store = new RedisStore({ link }, { ttlMs: DEFAULT_TTL_MS, limits: DEFAULT_STORE_LIMITS })
    const tracker = new BootstrapTracker({ store }, { network: NETWORK })
    trackers.push(tracker)
    await tracker.start()
    await until(async () => await refusal(store.size()) === 'nothing', 'a connection to redis')
    const dashboard = new Dashboard({ tracker, clock: Date.now, timer: systemTimer, log })
    return { tracker, dashboard }
  }

  it('shows the whole at each, whichever a node has told', async () => {
    const replicas = [await replica(), await replica()]
    const sinceMs = Date.now()
    const nodes = await Promise.all(Array.from({ length: NODES }, (_, i) =>
      testNode(i + 1, {}, Date.now)))
    for (const round of [1, 2, 3]) {
      for (const [i, { signer }] of nodes.entries()) {
        const report = reportOf({ sinceMs, counts: { peer: round * 100, given: round * 100 } })
        await replicas[(i + round) % 2]!.tracker.submit(
          'heartbeat', await signer.heartbeat(encodeReport(report)), { ip: '127.0.0.1' })
      }
      for (const { dashboard } of replicas) await dashboard.step()
    }
    for (const { dashboard } of replicas) {
      const { steps } = dashboard.figures()
      expect(steps.map(({ sums }) => sums.peer)).to.deep.equal(
        [1, 2, 3].map(() => ({ peer: NODES * 100, given: NODES * 100 })))
      expect(steps.at(-1)!.reporting).to.equal(NODES)
    }
  })
})
