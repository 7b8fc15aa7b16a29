import { expect } from 'chai'
import { mock } from 'node:test'
import { diskCost } from '../../../daemon/store/disk-cost.ts'
import { FreeSpace } from '../../../daemon/store/free-space.ts'
import {
  MAINTENANCE_INTERVAL_MS, QuotaStore, type Store, type StoredBlock, SWEEP_BLOCKS
} from '../../../daemon/store/index.ts'
import { MemoryBlockstore } from '../../../daemon/store/memory-blockstore.ts'
import type { QuotaStoreInit } from '../../../daemon/store/quota.ts'
import { MemoryTables } from '../../../daemon/store/memory-tables.ts'
import { DiskFullError, QuotaExceededError } from '../../../protocols/errors.ts'
import { blockstoreContract, type TestBlock, testBlock } from '../../contracts/blockstore.ts'

const COST = diskCost(1000)
const [a, b, c, d] = await Promise.all([1, 2, 3, 4].map(seed => testBlock(seed))) as
  [TestBlock, TestBlock, TestBlock, TestBlock]

/** What outlives a store: its blocks and tables, and a clock that steps a second at each look. */
class Disk {
  readonly blocks = new MemoryBlockstore()
  readonly tables = new MemoryTables()
  nowMs = 1_000_000

  async open (init: QuotaStoreInit, freeSpace?: FreeSpace): Promise<QuotaStore> {
    const { blocks, tables } = this
    const clock = () => this.nowMs += 1000
    const store = new QuotaStore({ blocks, tables, clock, ...(freeSpace && { freeSpace }) }, init)
    await store.start()
    return store
  }
}

async function open (blocks: number, init: Partial<QuotaStoreInit> = {}): Promise<QuotaStore> {
  return await new Disk().open({ quotaBytes: blocks * COST, ...init })
}

async function put (store: Store, ...blocks: TestBlock[]): Promise<void> {
  for (const { cid, bytes } of blocks) await store.put(cid, bytes)
}

function held (store: Store): TestBlock[] {
  return [a, b, c, d].filter(({ cid }) => store.has(cid))
}

async function failure (promise: Promise<unknown>): Promise<unknown> {
  return await promise.then(() => undefined, (err: unknown) => err)
}

blockstoreContract('daemon/store/quota', async () => await open(1000), { isPersistent: false })

describe('daemon/store/quota', () => {
  it('evicts the block used longest ago', async () => {
    const store = await open(3)
    await put(store, a, b, c)
    await store.get(a.cid)
    await put(store, d)
    expect(held(store)).to.deep.equal([a, c, d])
    expect(await store.get(b.cid)).to.equal(undefined)
    await store.stop()
  })

  it('counts a second put as a use', async () => {
    const store = await open(2)
    await put(store, a, b, a, c)
    expect(held(store)).to.deep.equal([a, c])
    await store.stop()
  })

  it('evicts at once when the quota shrinks', async () => {
    const store = await open(3)
    await put(store, a, b, c)
    await store.setQuota(COST)
    expect(held(store)).to.deep.equal([c])
    expect(store.quotaBytes).to.equal(COST)
    await store.stop()
  })

  it('passes over pinned blocks, also those pinned before they came', async () => {
    const store = await open(3)
    await store.pin('title', [a.cid, b.cid])
    await put(store, a, b, c, d)
    expect(held(store)).to.deep.equal([a, b, d])
    await store.stop()
  })

  it('keeps a block pinned while any set names it', async () => {
    const store = await open(1)
    await store.pin('one', [a.cid])
    await store.pin('two', [a.cid])
    expect([...store.pins()])
      .to.deep.equal([{ name: 'one', blocks: 1 }, { name: 'two', blocks: 1 }])
    await put(store, a)
    expect(await store.unpin('one')).to.equal(true)
    expect(store.isPinned(a.cid)).to.equal(true)
    expect(await failure(put(store, b))).to.be.instanceOf(QuotaExceededError)
    await store.unpin('two')
    await put(store, b)
    expect(held(store)).to.deep.equal([b])
    expect(await store.unpin('two')).to.equal(false)
    await store.stop()
  })

  it('refuses a block larger than the quota without evicting for it', async () => {
    const store = await open(2)
    await put(store, a, b)
    const large = await testBlock(9, 3 * COST)
    expect(await failure(put(store, large))).to.be.instanceOf(QuotaExceededError)
    expect(held(store)).to.deep.equal([a, b])
    await store.stop()
  })

  it('lets more puts at once than it has room for succeed one after the other', async () => {
    const store = await open(1)
    await Promise.all([a, b, c, d].map(async block => { await put(store, block) }))
    expect(held(store)).to.have.length(1)
    await store.stop()
  })

  it('tells of each put and each delete once', async () => {
    const store = await open(1)
    const told: string[] = []
    for (const type of ['put', 'delete']) {
      store.events.addEventListener(type, event => {
        const { cid, size } = (event as CustomEvent<StoredBlock>).detail
        told.push(`${type} ${cid.equals(a.cid) ? 'a' : 'b'} ${size}`)
      })
    }
    await put(store, a, a, b)
    await store.delete(b.cid)
    await store.delete(b.cid)
    expect(told).to.deep.equal(['put a 1000', 'delete a 1000', 'put b 1000', 'delete b 1000'])
    await store.stop()
  })

  it('drops a block that cannot be read any more, and gives back its room', async () => {
    const disk = new Disk()
    const store = await disk.open({ quotaBytes: 2 * COST })
    await put(store, a, b)
    disk.blocks.get = async () => undefined
    expect(await store.get(b.cid)).to.equal(undefined)
    expect(store.usage().blocks).to.equal(1)
    await put(store, c)
    expect(held(store)).to.deep.equal([a, c])
    await store.stop()
  })

  it('gives back the room of a put that failed, and says when the disk is full', async () => {
    const disk = new Disk()
    const store = await disk.open({ quotaBytes: 2 * COST })
    disk.blocks.put = async () => { throw new DiskFullError('full') }
    for (const block of [a, b, c]) {
      expect(await failure(put(store, block))).to.be.instanceOf(DiskFullError)
    }
    Reflect.deleteProperty(disk.blocks, 'put')
    await put(store, a, b)
    expect(held(store)).to.deep.equal([a, b])
    await store.stop()
  })

  it('keeps order and pins over a restart', async () => {
    const disk = new Disk()
    const first = await disk.open({ quotaBytes: 4 * COST })
    await put(first, a, b, c, d)
    await first.get(a.cid)
    await first.pin('title', [b.cid])
    await first.stop()
    const second = await disk.open({ quotaBytes: 2 * COST })
    expect(held(second)).to.deep.equal([a, b])
    await second.stop()
  })

  it('takes blocks whose last use was not written down for just used', async () => {
    const disk = new Disk()
    const first = await disk.open({ quotaBytes: 4 * COST })
    await put(first, a, b)
    await first.stop()
    await disk.blocks.put(c.cid, c.bytes)
    const second = await disk.open({ quotaBytes: 2 * COST })
    expect(held(second)).to.deep.equal([b, c])
    await second.stop()
  })
})

describe('daemon/store/quota with a policy', () => {
  const placed = async (store: Store, title: string, ...blocks: TestBlock[]): Promise<void> => {
    for (const [number, { cid, bytes }] of blocks.entries()) {
      await store.put(cid, bytes, { place: { title, number } })
    }
  }

  it('gives up the end of the title played least', async () => {
    const store = await open(3, { policy: 'titles' })
    await placed(store, 'song', a, b, c)
    await put(store, d)
    expect(held(store)).to.deep.equal([a, b, d])
    await store.stop()
  })

  it('knows after a restart where blocks stand', async () => {
    const disk = new Disk()
    const init = { policy: 'titles', quotaBytes: 3 * COST } as const
    const first = await disk.open(init)
    await placed(first, 'song', a, b, c)
    await first.stop()
    const second = await disk.open(init)
    await put(second, d)
    expect(held(second)).to.deep.equal([a, b, d])
    await second.stop()
  })

  it('counts a use by one who had the bytes from elsewhere', async () => {
    const store = await open(2)
    await put(store, a, b)
    store.use(a.cid)
    store.use(c.cid)
    await put(store, c)
    expect(held(store)).to.deep.equal([a, c])
    await store.stop()
  })

  it('keeps what few others hold a little longer', async () => {
    const store = await open(3, { policy: 'titles' })
    store.weigh(title => title === 'rare' ? 0 : 30)
    await placed(store, 'rare', a)
    await placed(store, 'common', b)
    await placed(store, 'other', c)
    await put(store, d)
    expect(held(store)).to.deep.equal([a, c, d])
    await store.stop()
  })

  for (const policy of ['lru', 'tinylfu', 'titles'] as const) {
    it(`never evicts what is pinned, nor more than it must, by ${policy}`, async () => {
      const store = await open(6, { policy })
      const blocks = await Promise.all(Array.from({ length: 40 }, (_, seed) => testBlock(seed + 9)))
      await store.pin('title', [blocks[0]!.cid, blocks[7]!.cid])
      for (const [i, { cid, bytes }] of blocks.entries()) {
        await store.put(cid, bytes, { place: { title: `${i % 3}`, number: i } })
        if (i % 5 === 0) await store.get(blocks[i >> 1]!.cid)
      }
      expect(store.usage().blocks).to.equal(6)
      expect(store.has(blocks[0]!.cid) && store.has(blocks[7]!.cid)).to.equal(true)
      await store.unpin('title')
      await store.setQuota(COST)
      expect(store.usage().blocks).to.equal(1)
      await store.stop()
    })
  }
})

describe('daemon/store/quota with a TTL', () => {
  it('sweeps out what was not used for that long, and is not pinned', async () => {
    const disk = new Disk()
    const store = await disk.open({ quotaBytes: 9 * COST, ttlMs: 60_000 })
    await store.pin('title', [a.cid])
    await put(store, a, b, c)
    disk.nowMs += 55_000
    await store.get(c.cid)
    disk.nowMs += 10_000
    await store.sweep()
    expect(held(store)).to.deep.equal([a, c])
    await store.stop()
  })

  it('drops a bounded number a sweep', async () => {
    const disk = new Disk()
    const store = await disk.open({ quotaBytes: 9e9, ttlMs: 1 })
    for (let i = 0; i < SWEEP_BLOCKS + 5; i++) await put(store, await testBlock(i, 8))
    disk.nowMs += 60_000
    await store.sweep()
    expect(store.usage().blocks).to.equal(5)
    await store.stop()
  })

  it('sweeps, and writes uses down, by itself', async () => {
    mock.timers.enable({ apis: ['setInterval'] })
    try {
      const disk = new Disk()
      const store = await disk.open({ quotaBytes: 9 * COST, ttlMs: 60_000 })
      await put(store, a)
      disk.nowMs += 90_000
      await put(store, b)
      mock.timers.tick(MAINTENANCE_INTERVAL_MS)
      expect(held(store)).to.deep.equal([b])
      await store.stop()
    } finally {
      mock.timers.reset()
    }
  })
})

describe('daemon/store/quota on a disk that fills up', () => {
  const disk = { sizeBytes: 100 * COST, freeBytes: 100 * COST }
  const keepTenth = (): FreeSpace => new FreeSpace(async () => disk, 0.1, Date.now)

  it('stays below its quota to leave the share free', async () => {
    disk.freeBytes = 12 * COST
    const store = await new Disk().open({ quotaBytes: 50 * COST }, keepTenth())
    await put(store, a, b, c)
    expect(held(store)).to.deep.equal([b, c])
    await store.stop()
  })

  it('refuses blocks when nothing is left to evict', async () => {
    disk.freeBytes = 5 * COST
    const store = await new Disk().open({ quotaBytes: 50 * COST }, keepTenth())
    expect(await failure(put(store, a))).to.be.instanceOf(DiskFullError)
    await store.stop()
  })
})
