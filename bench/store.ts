/**
 * How do the store's backends bear a full quota? in: flags. out: a table, a column a backend.
 *
 *   npm run bench store -- [--backends files,log] [--quota 512MB] [--block 160000B] [--quotas 10]
 *                          [--policy lru] [--folder /tmp]
 *
 * The store is filled, then a catalogue of ten quotas is asked for by Zipf's law, eight at a time:
 * what is there is read, what is not is hashed and put, and every fourth put is pinned until a
 * fifth of the quota is. After `--quotas` quotas' worth of puts it is opened in a fresh process.
 */

import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { CID } from 'multiformats/cid'
import {
  openStore, type Store, type StoreBackend, type StorePolicy
} from '../daemon/store/index.ts'
import { cidOf } from '../protocols/cid.ts'
import { sha256 } from '../protocols/sha256.ts'
import { parseBytes } from '../protocols/units.ts'

const CONCURRENCY = 8
const CATALOGUE_QUOTAS = 10
const ZIPF_EXPONENT = 0.9
const PINNED_SHARE = 0.2
const PIN_EVERY = 4

const { values: flags } = parseArgs({
  args: process.argv.slice(2),
  options: {
    backends: { type: 'string', default: 'files,log' },
    quota: { type: 'string', default: '512MB' },
    block: { type: 'string', default: '160000B' },
    quotas: { type: 'string', default: '10' },
    policy: { type: 'string', default: 'lru' },
    folder: { type: 'string', default: tmpdir() }
  }
})
const quotaBytes = parseBytes(flags.quota)
const blockBytes = parseBytes(flags.block)
const policy = flags.policy as StorePolicy

/** Asks a store for blocks, and notes how long it took. */
class Load {
  readonly putMs: number[] = []
  readonly getMs: number[] = []
  readonly #store: Store
  readonly #cids: CID[] = []
  readonly #bytes = randomBytes(blockBytes)
  readonly #popularity = zipf(Math.ceil(CATALOGUE_QUOTAS * quotaBytes / blockBytes))

  constructor (store: Store) {
    this.#store = store
  }

  /** The less popular end of the catalogue goes in first, and is soon evicted. */
  async fill (): Promise<void> {
    let next = this.#popularity.length
    await inParallel(async () => {
      await this.#ask(--next)
      return this.putMs.length * blockBytes < quotaBytes
    })
  }

  async churn (bytes: number): Promise<void> {
    const target = this.putMs.length + bytes / blockBytes
    await inParallel(async () => {
      await this.#ask(draw(this.#popularity))
      return this.putMs.length < target
    })
  }

  async #ask (block: number): Promise<void> {
    // A copy, as each block from the network has memory of its own.
    const bytes = Buffer.from(this.#bytes)
    bytes.writeUInt32BE(block)
    const cid = this.#cids[block] ?? await cidOf(bytes, sha256)
    this.#cids[block] = cid
    const startedAt = performance.now()
    const isHit = await this.#store.get(cid) != null
    if (!isHit) await this.#store.put(cid, bytes)
    const puts = (isHit ? this.getMs : this.putMs).push(performance.now() - startedAt)
    const mayPin = puts * blockBytes < quotaBytes * PINNED_SHARE * PIN_EVERY
    if (!isHit && mayPin && puts % PIN_EVERY === 0) await this.#store.pin('bench', [cid])
  }
}

const columns: Record<string, Record<string, string | number>> = {}
for (const backend of flags.backends.split(',') as StoreBackend[]) {
  const path = await mkdtemp(join(flags.folder, 'cdnd-bench-'))
  try {
    columns[backend] = { ...await churn(path, backend), ...reopen(path, backend) }
  } finally {
    await rm(path, { recursive: true })
  }
}
for (const row of Object.keys(Object.values(columns)[0] ?? {})) {
  console.log([row, ...Object.values(columns).map(column => column[row])].join(' | '))
}

async function churn (path: string, backend: StoreBackend) {
  const store = await openStore({ path, backend, quotaBytes, policy })
  const load = new Load(store)
  await load.fill()
  load.putMs.length = load.getMs.length = 0
  const writtenBefore = bytesWritten()
  let elapsedMs = 0
  let diskBytes = diskUsage(path)
  for (let i = 0; i < Number(flags.quotas); i++) {
    const startedAt = performance.now()
    await load.churn(quotaBytes)
    elapsedMs += performance.now() - startedAt
    diskBytes = Math.max(diskBytes, diskUsage(path))
  }
  const putBytes = load.putMs.length * blockBytes
  const written = bytesWritten() - writtenBefore
  const { blocks, bytes } = store.usage()
  await store.stop()
  return {
    backend,
    'puts, MB/s': (putBytes / elapsedMs / 1000).toFixed(0),
    'put p50 / p99, ms': `${quantile(load.putMs, 0.5)} / ${quantile(load.putMs, 0.99)}`,
    'get p50 / p99, ms': `${quantile(load.getMs, 0.5)} / ${quantile(load.getMs, 0.99)}`,
    'hits': (load.getMs.length / (load.getMs.length + load.putMs.length)).toFixed(2),
    'bytes written ÷ put': (written / putBytes).toFixed(2),
    'most disk used ÷ quota': (diskBytes / quotaBytes).toFixed(3),
    'block bytes ÷ quota': (bytes / quotaBytes).toFixed(3),
    blocks
  }
}

function reopen (path: string, backend: StoreBackend): Record<string, string> {
  const script = join(import.meta.dirname, 'rig', 'store-restart.ts')
  const args = ['--expose-gc', script, '--path', path, '--backend', backend]
  return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' }))
}

async function inParallel (task: () => Promise<boolean>): Promise<void> {
  await Promise.all(Array.from({ length: CONCURRENCY }, async () => {
    for (let goesOn = true; goesOn;) goesOn = await task()
  }))
}

/** The share of requests that go to the blocks up to each rank. */
function zipf (blocks: number): Float64Array {
  const sums = new Float64Array(blocks)
  let sum = 0
  for (let i = 0; i < blocks; i++) sums[i] = sum += (i + 1) ** -ZIPF_EXPONENT
  return sums.map(value => value / sum)
}

function draw (sums: Float64Array): number {
  const at = Math.random()
  let low = 0
  let high = sums.length - 1
  while (low < high) {
    const middle = (low + high) >> 1
    if ((sums[middle] ?? 1) < at) low = middle + 1
    else high = middle
  }
  return low
}

function quantile (values: number[], share: number): string {
  const sorted = values.toSorted((a, b) => a - b)
  return (sorted[Math.floor(sorted.length * share)] ?? Number.NaN).toFixed(2)
}

function diskUsage (path: string): number {
  return Number(execFileSync('du', ['-s', '-B1', path], { encoding: 'utf8' }).split('\t')[0])
}

/** What this process has handed to the file system so far. */
function bytesWritten (): number {
  return Number(/^wchar: (\d+)/m.exec(readFileSync('/proc/self/io', 'utf8'))?.[1])
}
