import { FileBlockstore } from '../../../daemon/store/file-blockstore.ts'
import { LevelTables } from '../../../daemon/store/table.ts'
import { blockstoreContract } from '../../contracts/blockstore.ts'

blockstoreContract('daemon/store/file-blockstore', async folder => {
  const store = new FileBlockstore(folder, new LevelTables(folder))
  await store.start()
  return store
}, { isPersistent: true })
