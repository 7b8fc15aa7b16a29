import { defaultLogger } from '@libp2p/logger'
import { expect } from 'chai'
import { KeptFiles } from '../../daemon/kept-files.ts'
import { Holdings } from '../../daemon/retrieval/index.ts'
import { openStore } from '../../daemon/store/index.ts'
import { parseCid } from '../../protocols/cid.ts'
import { chunkSegment } from '../../protocols/content/index.ts'
import { sha256 } from '../../protocols/sha256.ts'
import { refusal, someBytes } from '../protocols/content/titles.ts'
import { MemoryTitles } from './retrieval/fakes.ts'

const log = defaultLogger().forComponent('test')
const options = {}

describe('daemon/kept-files', () => {
  async function node (quotaBytes = 1e9) {
    const store = await openStore({ backend: 'memory', quotaBytes })
    const titles = new MemoryTitles()
    const holdings = new Holdings({ store, titles, sha256, log })
    holdings.start()
    const restarted = async () => {
      await holdings.stop()
      const next = new Holdings({ store, titles, sha256, log })
      next.start()
      await next.restored()
      return next
    }
    const files = new KeptFiles({ store, holdings, sha256 })
    return { store, titles, holdings, files, restarted }
  }
  const toldOf = (holdings: Holdings) => [...holdings.held()].map(({ content, completeness }) =>
    ({ file: `${content}`, completeness }))

  it('keeps a file of several blocks, and tells of it as of a title of one rendition', async () => {
    const { store, holdings, files } = await node()
    const { cid, size, blocks } = await files.add(someBytes(600_000, 1), options)
    expect(size).to.equal(600_000)
    expect(blocks.map(block => block.size)).to.deep.equal([262_144, 262_144, 75_712])
    expect([...store.entries()].every(block => store.isPinned(block.cid))).to.equal(true)
    expect(toldOf(holdings)).to.deep.equal([
      { file: cid, completeness: [{ rendition: 'file', held: 3, blocks: 3 }] }
    ])
    expect(holdings.titleOf(parseCid(blocks[0]!.cid))).to.equal(undefined)
  })

  it('takes a file up again after a restart', async () => {
    const { files, restarted } = await node()
    const small = await files.add(someBytes(1000, 1), options)
    const large = await files.add(someBytes(300_000, 2), options)
    expect(toldOf(await restarted()).map(({ file }) => file)).to.deep.equal([small.cid, large.cid])
  })

  it('drops a file, all of its blocks and what was told of it', async () => {
    const { store, holdings, files, restarted } = await node()
    for (const bytes of [someBytes(1000, 1), someBytes(300_000, 2)]) {
      const { cid } = await files.add(bytes, options)
      await files.remove(parseCid(cid), options)
    }
    expect(store.usage().blocks).to.equal(0)
    expect([...store.pins(), ...toldOf(holdings), ...toldOf(await restarted())])
      .to.deep.equal([])
  })

  it('leaves what a title pins of a dropped file, but tells of it no more', async () => {
    const { store, holdings, files } = await node()
    const { cid } = await files.add(someBytes(1000, 1), options)
    await store.pin('title', [parseCid(cid)])
    await files.remove(parseCid(cid), options)
    expect(store.has(parseCid(cid))).to.equal(true)
    expect(toldOf(holdings)).to.deep.equal([])
    expect(await refusal(() => files.remove(parseCid(cid), options)))
      .to.equal('InvalidArgumentError')
  })

  it('keeps a file fetched before, when it is whole', async () => {
    const { store, holdings, files } = await node()
    const { rootBlock, blocks } = await chunkSegment(someBytes(300_000, 1), { sha256 })
    const { cid } = rootBlock!
    const keep = () => refusal(() => files.keep(cid, options))
    expect(await keep()).to.equal('ContentNotFoundError')
    for (const block of [rootBlock!, blocks[0]!]) await store.put(block.cid, block.bytes)
    expect(await keep()).to.equal('ContentNotFoundError')
    await store.put(blocks[1]!.cid, blocks[1]!.bytes)
    expect(await keep()).to.equal(undefined)
    expect(toldOf(holdings).map(({ file }) => file)).to.deep.equal([`${cid}`])
  })

  it('drops a file that is merely cached, and says when nothing of it is here', async () => {
    const { store, files } = await node()
    const { entry: { cid }, blocks } = await chunkSegment(someBytes(1000, 1), { sha256 })
    const remove = () => refusal(() => files.remove(cid, options))
    expect(await remove()).to.equal('ContentNotFoundError')
    await store.put(cid, blocks[0]!.bytes)
    expect(await remove()).to.equal(undefined)
    expect(store.has(cid)).to.equal(false)
  })

  it('pins nothing of a file for which there is no room', async () => {
    const { store, holdings, files } = await node(300_000)
    expect(await refusal(() => files.add(someBytes(600_000, 1), options)))
      .to.equal('QuotaExceededError')
    expect([...store.pins()]).to.deep.equal([])
    expect(toldOf(holdings)).to.deep.equal([])
  })
})
