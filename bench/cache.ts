/**
 * Which policy keeps what will be asked for? in: flags. out: a table, a row a trace, size and
 * policy.
 *
 *   npm run bench -- cache [--traces edge-steady,edge-churn,listener] [--shares 1,5,10,25]
 *                          [--json FILE]
 *
 * Each policy is the store's own, run over a committed trace without disk: hits are a matter of
 * memory. `start` is the share of plays whose first segment was there. All segments of a trace
 * have one size, so that hits in requests and in bytes are the same, and Belady's optimum is exact.
 * "No numbers", "no titles": the policy is not told where in its title, or in which, a block is.
 */

import { parseArgs } from 'node:util'
import { TinyLfu } from '../daemon/store/tiny-lfu.ts'
import { TitleValues } from '../daemon/store/title-values.ts'
import { belady, type Cache, Lfu, Lru, lruPackage, policyCache } from './rig/cache-peers.ts'
import { openTrace, type Trace } from './rig/cache-trace.ts'
import { report, type Row } from './rig/report.ts'

const CACHES: Record<string, (trace: Trace, capacity: number) => Cache> = {
  'lru (store)': (trace, capacity) => policyCache(trace, capacity, new Lru()),
  'lru-cache (npm)': lruPackage,
  lfu: (trace, capacity) => policyCache(trace, capacity, new Lfu()),
  tinylfu: (trace, capacity) => policyCache(trace, capacity, new TinyLfu()),
  titles: (trace, capacity) => policyCache(trace, capacity, new TitleValues()),
  'titles, no numbers': (trace, capacity) => policyCache(trace, capacity, new TitleValues(),
    ({ titleOf }, block) => ({ title: titleOf[block]! })),
  'titles, no titles': (trace, capacity) => policyCache(trace, capacity, new TitleValues(),
    () => undefined),
  "Belady's optimum": belady
}

const { values: flags } = parseArgs({
  args: process.argv.slice(2),
  options: {
    traces: { type: 'string', default: 'edge-steady,edge-churn,listener' },
    shares: { type: 'string', default: '1,5,10,25' },
    json: { type: 'string' }
  }
})

const rows: Row[] = []
const traces = flags.traces.split(',').map(openTrace)
for (const trace of traces) {
  for (const share of flags.shares.split(',').map(Number)) {
    for (const [policy, create] of Object.entries(CACHES)) {
      rows.push({
        trace: trace.name,
        'cache, % of catalogue': share,
        policy,
        ...replay(trace, create(trace, share / 100 * trace.keys.length * trace.segmentBytes))
      })
    }
  }
}
report({
  name: 'cache',
  question: 'Which policy keeps what will be asked for?',
  rows,
  notes: traces.map(({ name, settings, blocks, keys }) =>
    `${name}: ${settings.about}; ${blocks.length} requests for ${keys.length} segments`),
  details: traces.map(({ name, settings }) => ({ name, ...settings }))
}, flags.json)

/** The first tenth of the requests warms the cache and is not counted. */
function replay ({ blocks, numberOf }: Trace, cache: Cache): Row {
  const from = Math.floor(blocks.length / 10)
  let [hits, starts, startHits] = [0, 0, 0]
  const startedAt = performance.now()
  for (const [at, block] of blocks.entries()) {
    const isHit = cache(block, at)
    if (at < from) continue
    if (isHit) hits++
    if (numberOf[block] !== 0) continue
    starts++
    if (isHit) startHits++
  }
  const elapsedMs = performance.now() - startedAt
  return {
    'hits, %': 100 * hits / (blocks.length - from),
    'start, %': 100 * startHits / starts,
    'µs a request': elapsedMs / blocks.length * 1000
  }
}
