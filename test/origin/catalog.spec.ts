import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'chai'
import fc from 'fast-check'
import { Catalog } from '../../origin/catalog.ts'
import type { CatalogEntry } from '../../origin/types.ts'
import { cidOf, DAG_CBOR_CODE } from '../../protocols/cid.ts'
import { InvalidArgumentError, InvalidConfigError } from '../../protocols/errors.ts'
import { sha256 } from '../../protocols/sha256.ts'
import { temporaryFolder } from './temporary-folder.ts'

async function entry (seed: number, more: Partial<CatalogEntry> = {}): Promise<CatalogEntry> {
  return {
    id: await cidOf(Uint8Array.of(seed), sha256, DAG_CBOR_CODE),
    title: `Title ${seed}`,
    createdAt: '2026-01-02T03:04:05.000Z',
    source: 'a.flac',
    settings: { bitrates: [128_000], segmentMs: 10_000, ladder: [], blockBytes: 262_144 },
    durationMs: 1000.5,
    size: 1234,
    renditions: ['128k'],
    ...more
  }
}

describe('origin/catalog', () => {
  const folder = temporaryFolder()
  let path: string
  let catalog: Catalog
  let count = 0

  beforeEach(async () => {
    path = join(folder.path, `${count++}`, 'catalog.json')
    catalog = new Catalog(path)
    await catalog.start()
  })

  async function reopen (): Promise<Catalog> {
    const again = new Catalog(path)
    await again.start()
    return again
  }

  it('finds a title by its content ID and by its alias, also after a restart', async () => {
    const song = await entry(1, { alias: 'song', master: 'x.flac' })
    await catalog.add(song)
    for (const each of [catalog, await reopen()]) {
      expect(each.get(song.id)).to.deep.equal(song)
      expect(each.get(String(song.id))).to.deep.equal(song)
      expect(each.get('song')).to.deep.equal(song)
      expect(each.get('other')).to.equal(undefined)
    }
  })

  it('lists titles in the order they were published', async () => {
    for (const seed of [3, 1, 2]) await catalog.add(await entry(seed))
    const titles = (await reopen()).list().map(({ title }) => title)
    expect(titles).to.deep.equal(['Title 3', 'Title 1', 'Title 2'])
  })

  it('forgets a removed title for good', async () => {
    await catalog.add(await entry(1, { alias: 'song' }))
    expect((await catalog.remove('song'))?.title).to.equal('Title 1')
    expect(await catalog.remove('song')).to.equal(undefined)
    expect((await reopen()).list()).to.deep.equal([])
  })

  it('keeps date and alias of a title published again, and takes a new alias', async () => {
    await catalog.add(await entry(1, { alias: 'song' }))
    const again = await catalog.add(await entry(1, { createdAt: '2030-01-01T00:00:00.000Z' }))
    expect(again).to.include({ alias: 'song', createdAt: '2026-01-02T03:04:05.000Z' })
    expect(await catalog.add(await entry(1, { alias: 'tune' }))).to.include({ alias: 'tune' })
    expect(catalog.get('song')).to.equal(undefined)
    expect(catalog.list()).to.have.length(1)
  })

  it('refuses an alias that another title has', async () => {
    await catalog.add(await entry(1, { alias: 'song' }))
    const other = await entry(2, { alias: 'song' })
    const refusal = await catalog.add(other).catch((err: unknown) => err)
    expect(refusal).to.be.instanceOf(InvalidArgumentError)
    expect((refusal as Error).message).to.include('Title 1')
    expect(catalog.list()).to.have.length(1)
  })

  const cid = 'bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi'
  for (const alias of ['', '../etc', 'a b', 'a/b', '.hidden', 'ä', 'x'.repeat(129), cid]) {
    it(`refuses the alias ${JSON.stringify(alias.slice(0, 12))}`, () => {
      expect(() => { catalog.assertAlias(alias) }).to.throw(InvalidArgumentError, /alias/)
    })
  }

  it('keeps every one of many titles added at once', async () => {
    const adds = Array.from({ length: 20 }, async (_, seed) => await catalog.add(await entry(seed)))
    await Promise.all(adds)
    expect((await reopen()).list()).to.have.length(20)
  })

  it('leaves no other file behind', async () => {
    await catalog.add(await entry(1))
    expect(await readdir(join(path, '..'))).to.deep.equal(['catalog.json'])
  })

  it('is what it was when a save fails', async () => {
    await catalog.add(await entry(1))
    const lost = new Catalog(join(folder.path, 'gone', 'catalog.json'))
    const failure = await lost.add(await entry(2)).catch((err: unknown) => err)
    expect(failure).to.have.property('code', 'ENOENT')
    expect(lost.list()).to.deep.equal([])
  })

  it('refuses a damaged file by name, and never anything else', async () => {
    await catalog.add(await entry(1))
    const whole = await readFile(path, 'utf8')
    await fc.assert(fc.asyncProperty(fc.nat(whole.length - 3), fc.string(), async (at, noise) => {
      const damaged = whole.slice(0, at) + noise
      // Noise may happen to be the very bracket that was cut off.
      fc.pre(!isJson(damaged))
      await writeFile(path, damaged)
      const failure = await reopen().catch((err: unknown) => err)
      expect(failure).to.be.instanceOf(InvalidConfigError)
    }), { numRuns: 30 })
  })
})

function isJson (text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
