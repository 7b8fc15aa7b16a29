import { expect } from 'chai'
import type { CID } from 'multiformats/cid'
import { cidOf, DAG_CBOR_CODE } from '../../../protocols/cid.ts'
import {
  type BlockRef, type ContentRoot, encodePage, encodeRoot, type IndexedSegment, type IndexPage,
  type LoadBlock, type Manifest, type ManifestReading, manifestReading, openManifest, segmentRoot,
  signRoot, sumMs
} from '../../../protocols/content/index.ts'
import { pageTotals } from '../../../protocols/content/index-page.ts'
import { MAX_PAGE_BYTES, MAX_ROOT_BYTES } from '../../../protocols/limits.ts'
import { sha256 } from '../../../protocols/sha256.ts'
import {
  goldenTitle, loadFrom, publisherKey, refusal, type SampleTitle, sampleTitle, strangerKey
} from './titles.ts'

const title = await sampleTitle(20)
const [rendition] = title.root.renditions as [ContentRoot['renditions'][0]]
const { start, ...startless } = rendition

/** A load that says what was asked of it, and waits for `gate`. */
function watched (gate: Promise<void> = Promise.resolve()) {
  const asked: Array<{ cid: CID, maxBytes: number, signal: AbortSignal | undefined }> = []
  const load: LoadBlock = async (cid, { maxBytes, signal }) => {
    asked.push({ cid, maxBytes, signal })
    await gate
    return title.load(cid, { maxBytes })
  }
  return { asked, load }
}

async function allOf<T> (items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of items) {
    all.push(item)
  }
  return all
}

/** Another root than the title's, signed by its publisher. */
async function resigned (
  root: ContentRoot, held: SampleTitle['held']
): Promise<{ id: CID, load: LoadBlock }> {
  const { signature, ...unsigned } = root
  const bytes = encodeRoot(await signRoot(unsigned, publisherKey))
  const id = await cidOf(bytes, sha256, DAG_CBOR_CODE)
  return { id, load: loadFrom(new Map(held).set(id.toString(), bytes)) }
}

/** The title with its first page replaced, under a root that may be `honest` about its totals. */
async function withFirstPage (page: IndexPage, honest: boolean): Promise<Manifest> {
  const bytes = encodePage(page)
  const cid = await cidOf(bytes, sha256, DAG_CBOR_CODE)
  const old = rendition.pages[0]!
  const ref = { ...old, ...(honest ? pageTotals(page) : {}), cid }
  const size = rendition.size - old.size + ref.size
  const renditions = [{ ...rendition, pages: [ref, rendition.pages[1]!], size }]
  const held = new Map(title.held).set(cid.toString(), bytes)
  const { id, load } = await resigned({ ...title.root, renditions }, held)
  return openManifest(id, load, { sha256 })
}

describe('protocols/content/manifest', () => {
  it('numbers segments and blocks by running count over all pages', async () => {
    const manifest = await openManifest(title.id, title.load)
    const segments = await allOf(manifest.index('128k').segments())
    expect(segments.map(({ number }) => number)).to.deep.equal([...Array(20).keys()])
    const blocks = segments.flatMap(({ blocks }) => blocks)
    expect(blocks.map(({ number }) => number)).to.deep.equal([...Array(60).keys()])
    expect(segments[17]!.startMs).to.equal(170_090.661)
    expect(await manifest.index('128k').segment(17)).to.deep.equal(segments[17])
  })

  it('knows where a segment starts without the pages before it', async () => {
    const { asked, load } = watched()
    const manifest = await openManifest(title.id, load)
    const { startMs, blocks } = await manifest.index('128k').segment(19)
    expect([startMs, blocks[0]!.number]).to.deep.equal([190_101.327, 57])
    expect(asked.map(({ cid }) => cid)).to.deep.equal([title.id, rendition.pages[1]!.cid])
    expect(asked.map(({ maxBytes }) => maxBytes)).to.deep.equal([MAX_ROOT_BYTES, MAX_PAGE_BYTES])
  })

  it('is complete, from 0 to the last segment', async () => {
    const index = (await openManifest(title.id, title.load)).index('128k')
    expect([index.first, index.next, index.isComplete]).to.deep.equal([0, 20, true])
    index.onGrow(() => {})()
  })

  it('names every block that playback needs', async () => {
    const { id, root, held, load } = await goldenTitle()
    const manifest = await openManifest(id, load)
    const refs = await allOf(manifest.blocks())
    expect(new Set(refs.map(({ cid }) => cid.toString()))).to.deep.equal(new Set(held.keys()))
    for (const { cid, size } of refs) {
      expect(held.get(cid.toString())?.byteLength).to.equal(size)
    }
    const some = await allOf(manifest.blocks({ rendition: '360p' }))
    expect(some).to.have.length(1 + 1 + 1 + root.renditions[1]!.blocks)
  })

  it('has its blocks read as it is told', async () => {
    const own = manifestReading(sha256)
    const read: string[] = []
    const reading: ManifestReading = {
      root: async block => {
        read.push(`${block.cid}`)
        return await own.root(block)
      },
      page: async (block, place) => {
        read.push(`${block.cid} from ${place.segment}`)
        return await own.page(block, place)
      }
    }
    const manifest = await openManifest(title.id, title.load, { reading })
    await manifest.index(rendition.name).segment(1)
    expect(read).to.deep.equal([`${title.id}`, `${rendition.pages[0]!.cid} from 0`])
  })

  it('loads a page once for all who wait for it, and keeps it', async () => {
    const { asked, load } = watched()
    const index = (await openManifest(title.id, load)).index('128k')
    await Promise.all([index.segment(0), index.segment(1), index.segment(15)])
    await index.segment(2)
    expect(asked).to.have.length(2)
  })

  it('keeps the pages used last, and no more than a few', async () => {
    const page = rendition.pages[1]!
    const pages = Array<typeof page>(18).fill(page)
    const { segments, blocks, size } = { segments: 18 * 4, blocks: 18 * 12, size: 18 * page.size }
    const long = { ...startless, pages, segments, blocks, size, durationMs: sumMs(pages) }
    const { id, load } = await resigned({ ...title.root, renditions: [long] }, title.held)
    let loads = 0
    const index = (await openManifest(id, (cid, options) => {
      loads++
      return load(cid, options)
    })).index('128k')
    await allOf(index.segments())
    expect(loads).to.equal(1 + 18)
    await index.segment(4 * 17)
    expect(loads).to.equal(1 + 18)
    await index.segment(0)
    expect(loads).to.equal(1 + 19)
  })

  it('gives up a load when the last caller has given up, not before', async () => {
    const gate = Promise.withResolvers<void>()
    const manifest = await openManifest(title.id, title.load)
    const { asked, load } = watched(gate.promise)
    const index = (await openManifest(title.id, (cid, options) =>
      cid.equals(title.id) ? title.load(cid, options) : load(cid, options))).index('128k')
    const [first, second] = [new AbortController(), new AbortController()]
    const one = refusal(() => index.segment(1, { signal: first.signal }))
    const two = index.segment(1, { signal: second.signal })
    first.abort()
    expect(await one).to.equal('AbortError')
    expect(asked[0]!.signal?.aborted).to.equal(false)
    gate.resolve()
    expect(await two).to.deep.equal(await manifest.index('128k').segment(1))

    const gone = refusal(() => index.segment(19, { signal: second.signal }))
    second.abort()
    expect(await gone).to.equal('AbortError')
    expect(asked[1]!.signal?.aborted).to.equal(true)
  })

  it('does not load for a caller who has given up', async () => {
    const { asked, load } = watched()
    const manifest = await openManifest(title.id, load)
    const late = () => manifest.index('128k').segment(1, { signal: AbortSignal.abort() })
    expect(await refusal(late)).to.equal('AbortError')
    expect(asked).to.have.length(1)
  })

  it('tries a page again after a failed load', async () => {
    let failures = 1
    const manifest = await openManifest(title.id, async (cid, options) => {
      if (!cid.equals(title.id) && failures-- > 0) {
        throw new Error('not now')
      }
      return title.load(cid, options)
    })
    expect(await refusal(() => manifest.index('128k').segment(1))).to.equal('Error')
    expect((await manifest.index('128k').segment(1)).number).to.equal(1)
  })

  it('has no segment before the first or after the last, and no other rendition', async () => {
    const manifest = await openManifest(title.id, title.load)
    const index = manifest.index('128k')
    for (const number of [-1, 20, 0.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(await refusal(() => index.segment(number))).to.equal('NotInManifestError')
    }
    for (const name of ['64k', '__proto__', '']) {
      expect(await refusal(() => manifest.index(name))).to.equal('NotInManifestError')
    }
  })

  it('opens only what the publisher asked for has signed', async () => {
    const publisher = publisherKey.publicKey.raw
    await openManifest(title.id, title.load, { sha256, publisher })
    const stranger = strangerKey.publicKey.raw
    const open = () => openManifest(title.id, title.load, { publisher: stranger })
    expect(await refusal(open)).to.equal('WrongPublisherError')
    const bytes = encodeRoot({ ...title.root, title: 'Forged' })
    const forged = () => openManifest(title.id, async () => bytes)
    expect(await refusal(forged)).to.equal('InvalidSignatureError')
  })

  it('refuses an ID that names no root, and bytes that are none', async () => {
    const media = rendition.init!.cid
    expect(await refusal(() => openManifest(media, title.load))).to.equal('InvalidArgumentError')
    const page = rendition.pages[0]!.cid
    expect(await refusal(() => openManifest(page, title.load))).to.equal('InvalidRootError')
    const live = await resigned({ ...title.root, kind: 'live' }, title.held)
    expect(await refusal(() => openManifest(live.id, live.load))).to.equal('InvalidRootError')
  })

  it('knows the first segment by the root alone, as its page has it', async () => {
    const { asked, load } = watched()
    const index = (await openManifest(title.id, load)).index('128k')
    const first = await index.segment(0)
    expect(asked).to.have.length(1)
    expect(first).to.deep.equal((await allOf(index.segments()))[0])
  })

  it('reads the first segment in its page where the root does not say what it is', async () => {
    const { id, load } = await resigned({ ...title.root, renditions: [startless] }, title.held)
    const first = await (await openManifest(id, load)).index('128k').segment(0)
    expect(first).to.deep.equal(await (await openManifest(title.id, title.load))
      .index('128k').segment(0))
  })

  it('refuses a root that starts with blocks of another segment', async () => {
    const { segments } = await pageOf(title)
    const lie = { ...start!, blocks: segments[1]!.blocks! }
    const renditions = [{ ...rendition, start: lie }]
    const { id, load } = await resigned({ ...title.root, renditions }, title.held)
    expect(await refusal(() => openManifest(id, load))).to.equal('InvalidRootError')
  })

  it('refuses a page that is not as its root says, though the publisher signed both', async () => {
    const { segments } = await pageOf(title)
    const blocks = segments[1]!.blocks!.map(({ cid, size }) => ({ cid, size: size + 1 }))
    const larger = await file(blocks)
    const lies: Array<[lie: IndexPage['segments'], honest: boolean]> = [
      [segments.slice(0, -1), false],
      [segments.with(1, { durationMs: 10_005.333, cid: rendition.init!.cid, size: 2500 }), false],
      [segments.with(1, { ...segments[1]!, durationMs: 1 }), false],
      [segments.with(1, { durationMs: 10_005.333, ...larger }), false],
      [segments.with(1, { ...segments[1]!, cid: segments[2]!.cid }), true],
      [segments.with(1, { ...segments[1]!, blocks: segments[2]!.blocks! }), true],
      [segments.with(0, segments[1]!), true]
    ]
    for (const [lie, honest] of lies) {
      const index = (await withFirstPage({ segments: lie }, honest)).index('128k')
      expect(await refusal(() => index.segment(1))).to.equal('InvalidPageError')
      expect((await index.segment(19)).number).to.equal(19)
    }
  })

  it('takes a page that is as its root says', async () => {
    const manifest = await withFirstPage(await pageOf(title), true)
    expect((await manifest.index('128k').segment(1)).number).to.equal(1)
  })
})

async function pageOf ({ id, load }: SampleTitle): Promise<IndexPage> {
  const segments = await allOf((await openManifest(id, load)).index('128k').segments())
  return { segments: segments.slice(0, 16).map(entryOf) }
}

function entryOf ({ durationMs, size, cid, blocks }: IndexedSegment): IndexPage['segments'][0] {
  return { durationMs, size, cid, blocks: blocks.map(({ cid, size }) => ({ cid, size })) }
}

async function file (blocks: BlockRef[]) {
  const { cid } = await segmentRoot(blocks, sha256)
  return { cid, blocks, size: blocks.reduce((sum, { size }) => sum + size, 0) }
}
