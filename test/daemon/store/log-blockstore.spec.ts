import { LogBlockstore } from '../../../daemon/store/log-blockstore.ts'
import { LevelTables } from '../../../daemon/store/table.ts'
import { blockstoreContract } from '../../contracts/blockstore.ts'

blockstoreContract('daemon/store/log-blockstore', async folder => {
  const store = new LogBlockstore(folder, new LevelTables(folder))
  await store.start()
  return store
}, { isPersistent: true })
