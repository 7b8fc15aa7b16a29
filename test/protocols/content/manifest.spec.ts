import { expect } from 'chai'
import { openManifest } from '../../../protocols/content/index.ts'
import { sampleTitle } from './titles.ts'

describe('protocols/content/manifest', () => {
  it('numbers segments and blocks over all pages', async () => {
    const { id, load } = await sampleTitle(20)
    const manifest = await openManifest(id, load)
    const segment = await manifest.index('128k').segment(17)
    expect(segment.number).to.equal(17)
    expect(segment.startMs).to.equal(170_090.661)
    expect(segment.blocks.map(({ number }) => number)).to.deep.equal([51, 52, 53])
  })
})
