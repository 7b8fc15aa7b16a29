/**
 * How long does a store take to open, and what does its index take in memory?
 * in: `--path` of a store and its `--backend`. out: JSON. Node's `--expose-gc` makes memory exact.
 */

import { parseArgs } from 'node:util'
import { openStore, type StoreBackend } from '../../daemon/store/index.ts'

const { values: flags } = parseArgs({
  args: process.argv.slice(2),
  options: { path: { type: 'string' }, backend: { type: 'string', default: 'files' } }
})
const heapBefore = heapUsed()
const cpuBefore = process.cpuUsage()
const startedAt = performance.now()
const store = await openStore({
  path: flags.path ?? '',
  backend: flags.backend as StoreBackend,
  quotaBytes: Number.POSITIVE_INFINITY
})
const restartMs = performance.now() - startedAt
const cpu = process.cpuUsage(cpuBefore)
const blockHeap = (heapUsed() - heapBefore) / Math.max(1, store.usage().blocks)
await store.stop()
console.log(JSON.stringify({
  'restart, ms': restartMs.toFixed(0),
  'restart, ms of CPU': ((cpu.user + cpu.system) / 1000).toFixed(0),
  'heap a block, bytes': blockHeap.toFixed(0)
}))

function heapUsed (): number {
  globalThis.gc?.()
  return process.memoryUsage().heapUsed
}
