import { expect } from 'chai'
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { FileBlockstore } from '../../../daemon/store/file-blockstore.ts'
import { LevelTables } from '../../../daemon/store/level-tables.ts'
import { testBlock } from '../../contracts/blockstore.ts'
import { diskBlockstoreContract, withFolder } from '../../contracts/blockstore-on-disk.ts'

async function open (folder: string): Promise<FileBlockstore> {
  const store = new FileBlockstore(folder, new LevelTables(folder))
  await store.start()
  return store
}

diskBlockstoreContract('daemon/store/file-blockstore', open)

describe('daemon/store/file-blockstore', () => {
  it('removes files that a kill left without an index entry', async () => {
    await withFolder(async folder => {
      const orphans = join(folder, 'blocks', 'ab')
      await mkdir(orphans, { recursive: true })
      await writeFile(join(orphans, `55ab${'00'.repeat(31)}`), 'half a block')
      const store = await open(folder)
      expect(await readdir(orphans)).to.deep.equal([])
      await store.stop()
    })
  })

  it('leaves no file behind for a block deleted', async () => {
    await withFolder(async folder => {
      const { cid, bytes } = await testBlock(1)
      const store = await open(folder)
      await store.put(cid, bytes)
      await store.delete(cid)
      const blocks = join(folder, 'blocks')
      const entries = await readdir(blocks, { recursive: true, withFileTypes: true })
      expect(entries.filter(entry => entry.isFile())).to.deep.equal([])
      await store.stop()
    })
  })
})
