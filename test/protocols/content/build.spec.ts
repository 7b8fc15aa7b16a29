import { expect } from 'chai'
import { buildManifest, checkBlock, openManifest } from '../../../protocols/content/index.ts'
import { sha256 } from '../../../protocols/sha256.ts'
import { goldenTitle, loadFrom, publisherKey, refusal, strangerKey } from './titles.ts'

const { id, root, blocks } = await goldenTitle()
const [rendition] = root.renditions
const segments = [{ durationMs: 1, size: 600, cid: rendition!.init!.cid }]
const input = { name: '128k', bandwidth: 1, codecs: 'mp4a.40.2', segments }

describe('protocols/content/build', () => {
  it('gives the same content ID for the same title and key, another for another', async () => {
    expect((await goldenTitle()).id.equals(id)).to.equal(true)
    const title = { title: 'a', kind: 'vod' as const, renditions: [input] }
    const one = await buildManifest(title, publisherKey, sha256)
    const two = await buildManifest(title, strangerKey, sha256)
    expect(one.id.equals(two.id)).to.equal(false)
  })

  it('gives the pages, then the root that names them, each under its CID', async () => {
    expect(blocks.at(-1)!.cid.equals(id)).to.equal(true)
    expect(blocks).to.have.length(1 + root.renditions.flatMap(({ pages }) => pages).length)
    for (const { cid, bytes } of blocks) {
      await checkBlock(cid, bytes, sha256)
    }
  })

  it('rounds durations to a thousandth of a millisecond', async () => {
    const rounded = { ...input, segments: [{ ...segments[0]!, durationMs: 10_005.333_333_3 }] }
    const title = { title: 'a', kind: 'vod' as const, renditions: [rounded] }
    const built = await buildManifest(title, publisherKey, sha256)
    const load = loadFrom(new Map(built.blocks.map(({ cid, bytes }) => [cid.toString(), bytes])))
    const segment = await (await openManifest(built.id, load)).index('128k').segment(0)
    expect(segment.durationMs).to.equal(10_005.333)
    expect(built.root.renditions[0]!.durationMs).to.equal(10_005.333)
  })

  it('refuses what no listener would take', async () => {
    const build = (title: string, renditions: Array<typeof input>) =>
      refusal(() => buildManifest({ title, kind: 'vod', renditions }, publisherKey, sha256))
    expect(await build('', [input])).to.equal('InvalidRootError')
    expect(await build('a', [{ ...input, segments: [] }])).to.equal('InvalidRootError')
    expect(await build('a', [{ ...input, name: '..' }])).to.equal('InvalidRootError')
    const empty = { ...input, segments: [{ ...segments[0]!, size: 0 }] }
    expect(await build('a', [empty])).to.equal('InvalidPageError')
  })
})
