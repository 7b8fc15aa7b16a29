import { expect } from 'chai'
import { appendFile, stat, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { LogBlockstore } from '../../../daemon/store/log-blockstore.ts'
import { LevelTables } from '../../../daemon/store/level-tables.ts'
import { DiskFullError } from '../../../protocols/errors.ts'
import { testBlock } from '../../contracts/blockstore.ts'
import { diskBlockstoreContract, withFolder } from '../../contracts/blockstore-on-disk.ts'

async function open (folder: string): Promise<LogBlockstore> {
  const store = new LogBlockstore(folder, new LevelTables(folder))
  await store.start()
  return store
}

async function logBytes (folder: string): Promise<number> {
  const names = await readdir(join(folder, 'log'))
  const stats = await Promise.all(names.map(async name => await stat(join(folder, 'log', name))))
  return stats.reduce((sum, { size }) => sum + size, 0)
}

diskBlockstoreContract('daemon/store/log-blockstore', open)

describe('daemon/store/log-blockstore', () => {
  it('gives back the room of deleted blocks, and keeps the others whole', async () => {
    await withFolder(async folder => {
      const blocks = await Promise.all(Array.from({ length: 80 }, (_, i) => testBlock(i, 100_000)))
      let store = await open(folder)
      for (const { cid, bytes } of blocks) await store.put(cid, bytes)
      const kept = blocks.filter((_, i) => i % 4 === 0)
      const gone = blocks.filter((_, i) => i % 4 !== 0)
      await Promise.all(gone.map(async ({ cid }) => await store.delete(cid)))
      while (store.usage().diskBytes > 2_000_000 + 2 * 1024 * 1024 + 80 * 128) {
        await new Promise(resolve => setImmediate(resolve))
      }
      for (let restart = 0; restart < 2; restart++) {
        for (const { cid, bytes } of kept) expect(await store.get(cid)).to.deep.equal(bytes)
        await store.stop()
        store = await open(folder)
      }
      expect(await logBytes(folder)).to.be.lessThan(2_000_000 + 2 * 1024 * 1024)
      await store.stop()
    })
  })

  it('takes a torn tail for a hole', async () => {
    await withFolder(async folder => {
      const [first, second] = [await testBlock(1), await testBlock(2)]
      let store = await open(folder)
      await store.put(first.cid, first.bytes)
      await store.stop()
      await appendFile(join(folder, 'log', '1'), 'half a block')
      store = await open(folder)
      await store.put(second.cid, second.bytes)
      for (const { cid, bytes } of [first, second]) {
        expect(await store.get(cid)).to.deep.equal(bytes)
      }
      await store.stop()
    })
  })

  it('makes room on a disk so full that not even the index takes a row', async () => {
    await withFolder(async folder => {
      const tables = new LevelTables(folder)
      let isFull = false
      const store = new LogBlockstore(folder, {
        open: async () => { await tables.open() },
        close: async () => { await tables.close() },
        table: name => {
          const table = tables.table(name)
          return {
            ...table,
            write: async changes => {
              if (isFull) throw Object.assign(new Error('full'), { code: 'ENOSPC' })
              await table.write(changes)
            }
          }
        }
      })
      await store.start()
      const blocks = await Promise.all(Array.from({ length: 40 }, (_, i) => testBlock(i, 100_000)))
      for (const { cid, bytes } of blocks) await store.put(cid, bytes)
      isFull = true
      const gone = blocks.slice(0, 30)
      const failed = await Promise.all(gone.map(async ({ cid }) =>
        await store.delete(cid).catch((err: unknown) => err)))
      for (const err of failed) expect(err).to.be.instanceOf(DiskFullError)
      expect(await logBytes(folder)).to.be.lessThan(2_500_000)
      isFull = false
      await store.stop()
      const again = await open(folder)
      for (const { cid, bytes } of blocks.slice(30)) {
        expect(await again.get(cid)).to.deep.equal(bytes)
      }
      await again.stop()
    })
  })
})
