import { MemoryBlockstore } from '../../../daemon/store/memory-blockstore.ts'
import { blockstoreContract } from '../../contracts/blockstore.ts'

blockstoreContract('daemon/store/memory-blockstore', async () => new MemoryBlockstore(), {
  isPersistent: false
})
