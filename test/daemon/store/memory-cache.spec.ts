import { expect } from 'chai'
import type { CID } from 'multiformats/cid'
import { FileBlockstore } from '../../../daemon/store/file-blockstore.ts'
import { MemoryBlockstore } from '../../../daemon/store/memory-blockstore.ts'
import { MemoryCache } from '../../../daemon/store/memory-cache.ts'
import { LevelTables } from '../../../daemon/store/level-tables.ts'
import { type TestBlock, testBlock } from '../../contracts/blockstore.ts'
import { diskBlockstoreContract } from '../../contracts/blockstore-on-disk.ts'

const ROOM = 10_000

diskBlockstoreContract('daemon/store/memory-cache', async folder => {
  const store = new MemoryCache(new FileBlockstore(folder, new LevelTables(folder)), ROOM)
  await store.start()
  return store
})

/** Counts reads, and lets a test hold them up. */
class SlowStore extends MemoryBlockstore {
  reads = 0
  gate: Promise<void> | undefined

  override async get (cid: CID): Promise<Uint8Array | undefined> {
    this.reads++
    const bytes = await super.get(cid)
    await this.gate
    return bytes
  }
}

async function readTwice (cache: MemoryCache, { cid }: TestBlock): Promise<void> {
  await cache.get(cid)
  await cache.get(cid)
}

describe('daemon/store/memory-cache', () => {
  let disk: SlowStore
  let cache: MemoryCache
  let block: TestBlock

  beforeEach(async () => {
    disk = new SlowStore()
    cache = new MemoryCache(disk, ROOM)
    block = await testBlock(1)
    await cache.put(block.cid, block.bytes)
  })

  it('reads a block from the disk twice, and never again', async () => {
    for (let i = 0; i < 5; i++) expect(await cache.get(block.cid)).to.deep.equal(block.bytes)
    expect(disk.reads).to.equal(2)
  })

  it('reads once for all who wait', async () => {
    await Promise.all(Array.from({ length: 5 }, async () => await cache.get(block.cid)))
    expect(disk.reads).to.equal(1)
  })

  it('forgets a block that is deleted', async () => {
    await readTwice(cache, block)
    const deleting = cache.delete(block.cid)
    expect(await cache.get(block.cid)).to.equal(undefined)
    expect(await deleting).to.equal(true)
  })

  it('does not keep what was deleted while it was read', async () => {
    await cache.get(block.cid)
    const gate = Promise.withResolvers<void>()
    disk.gate = gate.promise
    const reading = cache.get(block.cid)
    await cache.delete(block.cid)
    gate.resolve()
    await reading
    expect(await cache.get(block.cid)).to.equal(undefined)
  })

  it('keeps no more bytes than it may, those read last', async () => {
    const blocks = await Promise.all([2, 3, 4].map(async seed => await testBlock(seed, 4000)))
    for (const each of blocks) {
      await cache.put(each.cid, each.bytes)
      await readTwice(cache, each)
    }
    disk.reads = 0
    await cache.get(blocks[2]!.cid)
    await cache.get(blocks[1]!.cid)
    expect(disk.reads).to.equal(0)
    await cache.get(blocks[0]!.cid)
    expect(disk.reads).to.equal(1)
  })

  it('holds on to what is read often when others are read once', async () => {
    await readTwice(cache, block)
    for (let seed = 2; seed < 30; seed++) {
      const other = await testBlock(seed)
      await cache.put(other.cid, other.bytes)
      await cache.get(other.cid)
    }
    disk.reads = 0
    await cache.get(block.cid)
    expect(disk.reads).to.equal(0)
  })

  it('lets a read that fails be tried again', async () => {
    disk.gate = Promise.reject(new Error('the disk is gone'))
    expect(await cache.get(block.cid).catch((err: Error) => err.message))
      .to.equal('the disk is gone')
    disk.gate = undefined
    expect(await cache.get(block.cid)).to.deep.equal(block.bytes)
  })

  it('serves a block larger than its room from the disk', async () => {
    const large = await testBlock(2, ROOM + 1)
    await cache.put(large.cid, large.bytes)
    for (let i = 0; i < 3; i++) expect(await cache.get(large.cid)).to.deep.equal(large.bytes)
  })
})
