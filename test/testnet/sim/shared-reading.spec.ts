import { expect } from 'chai'
import type { CID } from 'multiformats/cid'
import { sha256 } from '../../../protocols/sha256.ts'
import { sharedReading } from '../../../testnet/sim/shared-reading.ts'
import { Library } from '../../../testnet/sim/library.ts'

describe('testnet/sim/shared-reading', () => {
  const library = new Library()

  before(async () => {
    await library.publish([{ name: 'one', seconds: 21, seed: 1 }])
  })

  it('gives the same root and the same page to all who read them', async () => {
    const reading = sharedReading(sha256)
    const read = (cid: CID) => library.block(cid)!
    const { id } = library.titles[0]!
    const root = await reading.root(read(id))
    expect(await reading.root({ ...read(id), bytes: read(id).bytes.slice() })).to.equal(root)
    const [ref] = root.renditions[0]!.pages
    const place = { ref: ref!, segment: 0, block: 0, startMs: 0 }
    const page = await reading.page(read(ref!.cid), place)
    expect(await reading.page(read(ref!.cid), { ...place })).to.equal(page)
    const later = await reading.page(read(ref!.cid), { ...place, segment: 5 })
    expect(later.segments.map(({ number }) => number)).to.deep.equal([5, 6, 7])
  })
})
