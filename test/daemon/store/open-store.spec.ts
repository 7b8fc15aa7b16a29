import { expect } from 'chai'
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { openStore } from '../../../daemon/store/index.ts'
import {
  DiskFullError, InvalidArgumentError, StoreLockedError
} from '../../../protocols/errors.ts'
import { testBlock } from '../../contracts/blockstore.ts'
import { withFolder } from '../../contracts/blockstore-on-disk.ts'

const quotaBytes = 1e6

async function failure (promise: Promise<unknown>): Promise<unknown> {
  return await promise.then(() => undefined, (err: unknown) => err)
}

describe('daemon/store/open-store', () => {
  for (const backend of ['files', 'log'] as const) {
    it(`keeps blocks and pins over restarts in ${backend}`, async () => {
      await withFolder(async folder => {
        const path = `${folder}/made/for/it`
        const { cid, bytes } = await testBlock(1)
        const first = await openStore({ path, backend, quotaBytes })
        await first.pin('tïtle', [cid])
        await first.put(cid, bytes)
        await first.stop()
        const second = await openStore({ path, backend, quotaBytes })
        expect(await second.get(cid)).to.deep.equal(bytes)
        expect([...second.pins()]).to.deep.equal([{ name: 'tïtle', blocks: 1 }])
        await second.unpin('tïtle')
        await second.stop()
        const third = await openStore({ path, backend, quotaBytes })
        expect(third.isPinned(cid)).to.equal(false)
        await third.stop()
      })
    })
  }

  it('takes a folder as it is, a new one for a log, and no other backend than it has', async () => {
    for (const backend of ['files', 'log'] as const) {
      await withFolder(async path => {
        const { cid, bytes } = await testBlock(1)
        const first = await openStore({ path, backend, quotaBytes })
        await first.put(cid, bytes)
        await first.stop()
        const other = backend === 'log' ? 'files' : 'log'
        const err = await failure(openStore({ path, backend: other, quotaBytes }))
        expect(err).to.be.instanceOf(InvalidArgumentError)
        expect((err as Error).message).to.include(`"${backend}"`).and.include(path)
        const again = await openStore({ path, quotaBytes })
        expect(await again.get(cid)).to.deep.equal(bytes)
        await again.stop()
      })
    }
    await withFolder(async path => {
      await (await openStore({ path, quotaBytes })).stop()
      expect(await readdir(path)).to.have.members(['index', 'log'])
    })
  })

  it('refuses a folder that is open in this process', async () => {
    await withFolder(async path => {
      const store = await openStore({ path, quotaBytes })
      const err = await failure(openStore({ path, quotaBytes }))
      expect(err).to.be.instanceOf(StoreLockedError)
      expect((err as Error).message).to.include(path).and.include('stop the node')
      await store.stop()
      await (await openStore({ path, quotaBytes })).stop()
    })
  })

  it('refuses blocks when the share to keep free is more than the disk has', async () => {
    await withFolder(async path => {
      const { cid, bytes } = await testBlock(1)
      const store = await openStore({ path, quotaBytes, keepFreeShare: 1 })
      expect(await failure(store.put(cid, bytes))).to.be.instanceOf(DiskFullError)
      await store.stop()
    })
  })

  it('keeps in memory what is read often, as far as it may', async () => {
    const { cid, bytes } = await testBlock(1)
    for (const memoryBytes of [0, 1e6]) {
      await withFolder(async path => {
        const store = await openStore({ path, backend: 'files', quotaBytes, memoryBytes })
        await store.put(cid, bytes)
        for (let i = 0; i < 2; i++) await store.get(cid)
        await rm(join(path, 'blocks'), { recursive: true })
        expect(await store.get(cid)).to.deep.equal(memoryBytes === 0 ? undefined : bytes)
        await store.stop()
      })
    }
  })

  it('needs a path for a disk, and none for memory', async () => {
    expect(await failure(openStore({ quotaBytes }))).to.be.instanceOf(InvalidArgumentError)
    await (await openStore({ quotaBytes, backend: 'memory' })).stop()
  })
})
