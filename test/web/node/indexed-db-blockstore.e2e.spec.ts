import { join } from 'node:path'
import { expect } from 'chai'
import type { ContractOutcome } from './contract-page.ts'
import { PageRig } from './page-rig.ts'

describe('web/node/database/indexed-db-blockstore', function () {
  this.timeout(60_000)
  let pages: PageRig

  before(async () => { pages = await PageRig.open(join(import.meta.dirname, 'contract-page.ts')) })
  after(async () => { await pages?.close() })

  it('keeps to what every blockstore keeps to, in a browser', async () => {
    const { page } = await pages.page()
    const { passed, failed } = await page.evaluate(async () => {
      const { cdnd } = globalThis as unknown as { cdnd: { run (): Promise<ContractOutcome> } }
      return await cdnd.run()
    })
    expect(failed).to.deep.equal([])
    expect(passed).to.include('has its blocks after a restart')
    expect(passed).to.have.length.of.at.least(13)
  })
})
