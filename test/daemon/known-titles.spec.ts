import { expect } from 'chai'
import type { CID } from 'multiformats/cid'
import { KnownTitles, type KnownTitlesComponents } from '../../daemon/known-titles.ts'
import type { SongSummary } from '../../protocols/control/index.ts'
import { ContentNotFoundError } from '../../protocols/errors.ts'
import { openManifest } from '../../protocols/content/index.ts'
import { sha256 } from '../../protocols/sha256.ts'
import { type SampleTitle, sampleTitle } from '../protocols/content/titles.ts'
import { blockNamed, contentNamed } from '../protocols/tracker/nodes.ts'

const song = (name: string, more: Partial<SongSummary> = {}): SongSummary => ({
  id: String(contentNamed(name)), title: name, durationMs: 1, size: 1, renditions: ['128k'], ...more
})

describe('daemon/known-titles', () => {
  let held: SampleTitle
  before(async () => { held = await sampleTitle(1) })

  const held1 = (content: CID) => ({ content, completeness: [] })
  const known = (more: Partial<KnownTitlesComponents> = {}) => new KnownTitles({
    holdings: { held: () => [], titleOf: () => undefined },
    store: { has: () => true },
    retrieval: {
      manifest: async content => {
        if (!content.equals(held.id)) throw new ContentNotFoundError('nobody has it')
        return await openManifest(content, held.load, { sha256 })
      }
    },
    lookUp: async () => undefined,
    ...more
  })
  const catalog = (...songs: SongSummary[]) => ({ list: () => songs })
  const remote = (...songs: SongSummary[]) =>
    ({ known: songs, list: async () => songs, fresh: async () => songs })

  it('lists its own titles, then those of the network, its own word first', async () => {
    const titles = known({
      catalog: catalog(song('a', { title: 'ours' })),
      remote: remote(song('a', { title: 'theirs' }), song('b'))
    })
    expect((await titles.list()).map(({ title }) => title)).to.deep.equal(['ours', 'b'])
  })

  it('lists what it holds and nobody lists, as when the origin is gone', async () => {
    const holdings = { held: () => [held1(held.id)], titleOf: () => undefined }
    const [found, ...others] = await known({ holdings, remote: remote() }).list()
    expect([found?.id, found?.title, others.length]).to.deep.equal([String(held.id), 'Sample', 0])
    const listed = { ...song('a'), id: String(held.id), title: 'as listed' }
    const again = await known({ holdings, remote: remote(listed) }).list()
    expect(again.map(({ title }) => title)).to.deep.equal(['as listed'])
  })

  it('waits for nobody to name a title whose root it lacks', async () => {
    const holdings = {
      held: () => [held1(contentNamed('gone')), held1(held.id)], titleOf: () => undefined
    }
    const store = { has: (cid: CID) => cid.equals(held.id) }
    expect((await known({ holdings, store }).list()).map(({ id }) => id))
      .to.deep.equal([String(held.id)])
  })

  it('passes over a title that cannot be read, unless nobody waits any more', async () => {
    const holdings = {
      held: () => [held1(contentNamed('damaged')), held1(held.id)], titleOf: () => undefined
    }
    expect((await known({ holdings }).list()).map(({ id }) => id))
      .to.deep.equal([String(held.id)])
    const failure = await known({ holdings }).list({ signal: AbortSignal.abort() })
      .catch((err: Error) => err.name)
    expect(failure).to.equal('AbortError')
  })

  it('resolves an alias by its own catalogue, then by the network', async () => {
    const titles = known({
      catalog: catalog(song('a', { alias: 'hit' })),
      remote: remote(song('b', { alias: 'hit' }), song('c', { alias: 'tune' }))
    })
    expect(await titles.resolve('hit')).to.deep.equal(contentNamed('a'))
    expect(await titles.resolve('tune')).to.deep.equal(contentNamed('c'))
    expect(await titles.resolve('nothing')).to.equal(undefined)
    expect(await known().resolve('hit')).to.equal(undefined)
  })

  it('waits for a fresh list for an alias that the last one does not have', async () => {
    const titles = known({
      remote: { ...remote(song('a', { alias: 'old' })), fresh: async () => [
        song('a', { alias: 'old' }), song('b', { alias: 'new' })
      ] }
    })
    expect(await titles.resolve('new')).to.deep.equal(contentNamed('b'))
    expect(await titles.resolve('none')).to.equal(undefined)
  })

  it('says what catalogues say of a title, from memory', () => {
    const titles = known({
      catalog: catalog(song('a', { alias: 'hit', createdAt: '2026-01-01' })),
      remote: remote(song('a', { alias: 'other' }), song('b'))
    })
    expect(titles.entry(contentNamed('a')))
      .to.deep.equal({ alias: 'hit', createdAt: '2026-01-01' })
    expect(titles.entry(contentNamed('b'))).to.deep.equal({})
    expect(titles.entry(contentNamed('c'))).to.equal(undefined)
  })

  it('knows the title of a block it has met, and asks trackers for others', async () => {
    const asked: CID[] = []
    const [met, other] = [blockNamed('met'), blockNamed('other')]
    const titles = known({
      holdings: { held: () => [], titleOf: cid => cid.equals(met) ? contentNamed('a') : undefined },
      lookUp: async cid => {
        asked.push(cid)
        return contentNamed('b')
      }
    })
    expect(await titles.titleOf(met)).to.deep.equal(contentNamed('a'))
    expect(await titles.titleOf(other)).to.deep.equal(contentNamed('b'))
    expect(asked).to.deep.equal([other])
  })
})
