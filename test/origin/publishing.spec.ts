import { expect } from 'chai'
import { publishedPin } from '../../daemon/publisher.ts'
import { openStore } from '../../daemon/store/index.ts'
import type { CatalogEntry, IngestRequest } from '../../origin/types.ts'
import type { Ingest } from '../../origin/index.ts'
import { Publishing } from '../../origin/publishing.ts'
import { parseCid } from '../../protocols/cid.ts'
import { openManifest } from '../../protocols/content/index.ts'
import { sha256 } from '../../protocols/sha256.ts'
import { goldenTitle, refusal, type SampleTitle } from '../protocols/content/titles.ts'

const SETTINGS = {
  ffmpeg: 'auto',
  keepMasters: true,
  bitratesBitsPerSecond: [64_000],
  segmentMs: 4_000,
  blockBytes: 65_536
}

describe('origin/publishing', () => {
  let title: SampleTitle
  before(async () => { title = await goldenTitle() })

  const entry = (): CatalogEntry => ({
    id: title.id, title: 'Sample', alias: 'hit', createdAt: '2026-01-01', durationMs: 9, size: 8,
    renditions: ['128k'], source: 'x.ogg', cids: []
  } as unknown as CatalogEntry)

  async function rig () {
    const store = await openStore({ backend: 'memory', quotaBytes: 1e9 })
    const asked: IngestRequest[] = []
    const calls: string[] = []
    const ingest = {
      catalog: { list: () => [entry()] },
      start: async () => { calls.push('start') },
      stop: async () => { calls.push('stop') },
      ffmpeg: async () => ({ path: '/usr/bin/ffmpeg', origin: 'system', version: '7' }),
      publish: async (request: IngestRequest) => {
        asked.push(request)
        return entry()
      },
      unpublish: async (id: unknown) => String(id) === String(title.id) ? entry() : undefined
    } as unknown as Ingest
    const logger = { forComponent: () => { throw new Error('nothing to log') } }
    return { store, asked, calls, publishing: new Publishing({ store, logger }, ingest, SETTINGS) }
  }

  it('publishes with the settings of the origin, unless the request has others', async () => {
    const { publishing, asked } = await rig()
    for (const request of [{ path: '/a' }, { path: '/b', bitrates: ['96k'], segment: '2s' }]) {
      for await (const _ of publishing.publish(request)) { /* Its end is awaited. */ }
    }
    const common = { blockBytes: 65_536 }
    expect(asked).to.deep.equal([
      { path: '/a', bitrates: [64_000], segmentMs: 4_000, ...common },
      { path: '/b', bitrates: [96_000], segmentMs: 2_000, ...common }
    ])
  })

  it('lists titles as programs read them', async () => {
    const { publishing } = await rig()
    expect(publishing.list()).to.deep.equal([{
      id: String(title.id), title: 'Sample', alias: 'hit', createdAt: '2026-01-01', durationMs: 9,
      size: 8, renditions: ['128k']
    }])
  })

  it('says of a title that was not published here that it was not', async () => {
    const { publishing } = await rig()
    expect(await publishing.unpublish(title.id)).to.equal(true)
    expect(await publishing.unpublish(title.blocks[0]!.cid)).to.equal(false)
  })

  it('names every init section, segment and block of every rendition', async () => {
    const { publishing, store } = await rig()
    for (const [cid, bytes] of title.held) await store.put(parseCid(cid), bytes)
    const named = (await publishing.segmentsOf(title.id)).map(String)
    const manifest = await openManifest(title.id, title.load, { sha256 })
    const expected = new Set<string>()
    for (const { name, init } of manifest.root.renditions) {
      if (init != null) expected.add(String(init.cid))
      for await (const { cid, blocks } of manifest.index(name).segments()) {
        for (const each of [cid, ...blocks.map(({ cid }) => cid)]) expected.add(String(each))
      }
    }
    expect(new Set(named)).to.deep.equal(expected)
    expect(named).not.to.include(String(title.id))
  })

  it('names nothing of a title that is not in the store', async () => {
    const { publishing } = await rig()
    expect(await refusal(() => publishing.segmentsOf(title.id))).to.equal('ContentNotFoundError')
  })

  it('pins titles under names that no user’s pin has', () => {
    expect(publishedPin(title.id)).not.to.equal(String(title.id))
    expect(publishedPin(title.id)).to.contain(String(title.id))
  })

  it('starts and stops with its ingest', async () => {
    const { publishing, calls } = await rig()
    await publishing.start()
    await publishing.stop()
    expect(calls).to.deep.equal(['start', 'stop'])
    expect((await publishing.ffmpeg()).origin).to.equal('system')
  })
})
