/**
 * The blockstore contract for a browser: mocha and its tests in a page, over IndexedDB.
 */

import 'mocha/mocha.js'
import { webSha256 } from '../../../web/node/web-sha256.ts'

/** What the test that drives the page reads. */
export interface ContractOutcome { passed: string[], failed: string[] }

mocha.setup({ ui: 'bdd', timeout: 20_000, reporter: class {} as never })

const { blockstoreContract } = await import('../../contracts/blockstore.ts')
const { IndexedDbBlockstore } =
  await import('../../../web/node/database/indexed-db-blockstore.ts')
const { PageDatabase } = await import('../../../web/node/database/open-database.ts')

blockstoreContract('IndexedDB', async place => {
  const store = new IndexedDbBlockstore({ database: new PageDatabase(place), sha256: webSha256 })
  await store.start()
  return store
}, { isPersistent: true })

const outcome: ContractOutcome = { passed: [], failed: [] }

Object.assign(globalThis, {
  cdnd: {
    run: async () => await new Promise<ContractOutcome>(resolve => {
      mocha.run()
        .on('pass', test => { outcome.passed.push(test.title) })
        .on('fail', (test, err: Error) => { outcome.failed.push(`${test.title}: ${err.message}`) })
        .on('end', () => { resolve(outcome) })
    })
  }
})
