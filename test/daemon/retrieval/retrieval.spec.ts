import { encode, prepare } from '@ipld/dag-pb'
import { expect } from 'chai'
import { UnixFS } from 'ipfs-unixfs'
import { cidOf, DAG_PB_CODE, parseCid } from '../../../protocols/cid.ts'
import { chunkSegment } from '../../../protocols/content/index.ts'
import { sha256 } from '../../../protocols/sha256.ts'
import {
  refusal, type SampleTitle, sampleTitle, someBytes
} from '../../protocols/content/titles.ts'
import { settle } from './fake-time.ts'
import { bench, FakeBroker, FakeSource, mute } from './fakes.ts'

const joined = (chunks: Uint8Array[]) => chunks.flatMap(chunk => [...chunk])

describe('daemon/retrieval/retrieval', () => {
  let title: SampleTitle

  before(async () => { title = await sampleTitle() })

  it('puts a segment together in order, from several peers at once', async () => {
    const long = await sampleTitle(1, 30_000)
    const peers = ['a', 'b', 'c'].map(id => new FakeSource('peer', id, long.held))
    const { retrieval } = await bench([new FakeBroker(...peers)])
    const { chunks, size, deliveries } = await retrieval.segment(long.id, '128k', 0)
    expect(size).to.equal(30_000)
    expect(joined(chunks)).to.deep.equal([...someBytes(30_000, 0)])
    expect(new Set(deliveries.map(({ from }) => from))).to.deep.equal(new Set(['a', 'b', 'c']))
    expect(deliveries.reduce((sum, { bytes }) => sum + bytes, 0)).to.equal(30_000)
  })

  it('gives the init section', async () => {
    const { retrieval } = await bench([new FakeBroker(new FakeSource('edge', 'e', title.held))])
    const { chunks } = await retrieval.init(title.id, '128k')
    expect(joined(chunks)).to.deep.equal([...someBytes(600, 999)])
  })

  it('reads root and page once, for any number of listeners', async () => {
    const edge = new FakeSource('edge', 'e', title.held)
    const { retrieval } = await bench([new FakeBroker(edge)])
    await Promise.all(Array.from({ length: 20 }, () => retrieval.segment(title.id, '128k', 3)))
    await retrieval.segment(title.id, '128k', 3)
    expect(edge.asked).to.have.length(1 + 1 + 3)
  })

  it('fetches root and page again once they were removed from the store', async () => {
    const { retrieval, store } = await bench([
      new FakeBroker(new FakeSource('edge', 'e', title.held))
    ])
    await retrieval.segment(title.id, '128k', 1)
    const page = title.root.renditions[0]!.pages[0]!.cid
    await store.delete(title.id)
    await store.delete(page)
    await retrieval.segment(title.id, '128k', 1)
    expect([store.has(title.id), store.has(page)]).to.deep.equal([true, true])
  })

  it('asks brokers to look for the title with the first call', async () => {
    const broker = new FakeBroker(new FakeSource('edge', 'e', title.held))
    const { retrieval } = await bench([broker])
    await retrieval.manifest(title.id)
    expect(broker.sought[0]).to.equal(title.id)
  })

  it('keeps account of what it fetched', async () => {
    const edge = new FakeSource('edge', 'e', title.held)
    const { retrieval, holdings } = await bench([new FakeBroker(edge)])
    await retrieval.segment(title.id, '128k', 2)
    await settle()
    expect(holdings.holdings(title.id)).to.deep.equal([
      { rendition: '128k', base: 0, bitfield: Uint8Array.of(0b1100_0000, 0b1) }
    ])
  })

  it('keeps account also of blocks that are fetched by themselves', async () => {
    const edge = new FakeSource('edge', 'e', title.held)
    const { retrieval, holdings } = await bench([new FakeBroker(edge)])
    const manifest = await retrieval.manifest(title.id)
    const { blocks: [block] } = await manifest.index('128k').segment(2)
    await retrieval.block({ ...block!, content: title.id, rendition: '128k' })
    await settle()
    expect(holdings.completeness(title.id)[0]).to.include({ held: 1 })
  })

  it('says whose a block is to get, unless it is only to be kept', async () => {
    const claims: unknown[] = []
    const edge = new FakeSource('edge', 'e', async ({ cid, claim, priority }) => {
      claims.push([priority, claim])
      return title.held.get(cid.toString())
    })
    const broker = Object.assign(new FakeBroker(edge), { claims: () => ({ claim: 0 }) })
    const { retrieval } = await bench([new FakeBroker(), broker])
    const manifest = await retrieval.manifest(title.id)
    const { blocks: [one, other] } = await manifest.index('128k').segment(2)
    claims.length = 0
    await retrieval.block({ ...one!, content: title.id }, { priority: 'prefetch' })
    await retrieval.block({ ...other!, content: title.id }, { priority: 'offline' })
    expect(claims).to.deep.equal([['prefetch', 0], ['offline', undefined]])
  })

  it('serves from the store alone without a broker, and says what is not there', async () => {
    const { retrieval, store } = await bench([])
    for (const [key, bytes] of title.held) {
      await store.put(parseCid(key), bytes)
    }
    const { deliveries } = await retrieval.segment(title.id, '128k', 0)
    expect(deliveries.every(({ source }) => source === 'local')).to.equal(true)
    const { blocks } = await (await retrieval.manifest(title.id)).index('128k').segment(1)
    await store.delete(blocks[0]!.cid)
    expect(await refusal(() => retrieval.segment(title.id, '128k', 1)))
      .to.equal('ContentNotFoundError')
  })

  it('collapses concurrent misses of a server into one request to its origin', async () => {
    const origin = new FakeSource('origin', 'http://o', title.held)
    const { retrieval } = await bench([new FakeBroker(origin)])
    const [key] = title.held.keys()
    const cid = parseCid(key!)
    const ask = () => retrieval.block({ cid, content: title.id })
    const answers = await Promise.all(Array.from({ length: 100 }, ask))
    expect(origin.asked).to.have.length(1)
    expect(answers.every(({ bytes }) => bytes.byteLength === 1000)).to.equal(true)
  })

  describe('of a file of no title', () => {
    const shelf = async (bytes: Uint8Array) => {
      const { entry, blocks, rootBlock } = await chunkSegment(bytes, { sha256, blockBytes: 1000 })
      const all = rootBlock == null ? blocks : [...blocks, rootBlock]
      return { cid: entry.cid, held: new Map(all.map(({ cid, bytes }) => [`${cid}`, bytes])) }
    }

    for (const size of [700, 2500]) {
      it(`fetches ${size} bytes by their CID, and has providers of that looked for`, async () => {
        const { cid, held } = await shelf(someBytes(size, 1))
        const broker = new FakeBroker(new FakeSource('peer', 'a', held))
        const { retrieval, holdings } = await bench([broker])
        const file = await retrieval.file(cid)
        expect(file.size).to.equal(size)
        const { chunks, deliveries } = await file.fetch()
        expect(joined(chunks)).to.deep.equal([...someBytes(size, 1)])
        expect(deliveries.map(({ source }) => source)).to.deep.equal(chunks.map(() => 'peer'))
        expect(broker.sought.every(sought => sought.equals(cid))).to.equal(true)
        expect([...holdings.held()]).to.deep.equal([])
      })
    }

    it('believes nobody who sends another leaf', async () => {
      const { cid, held } = await shelf(someBytes(2500, 1))
      const liar = new FakeSource('peer', 'liar', async want => want.cid.equals(cid)
        ? held.get(`${cid}`)
        : new Uint8Array(want.size))
      const broker = new FakeBroker(liar)
      const { retrieval } = await bench([broker])
      const { fetch } = await retrieval.file(cid)
      expect(await refusal(() => fetch())).to.equal('ContentNotFoundError')
      expect(broker.banned).to.include('liar')
    })

    it('refuses a root that is none, and says when nobody has it', async () => {
      const { rootBlock } = await chunkSegment(someBytes(2500, 1), { sha256, blockBytes: 1000 })
      const folder = prepare({ Data: new UnixFS({ type: 'directory' }).marshal(), Links: [] })
      const bytes = encode(folder)
      const cid = await cidOf(bytes, sha256, DAG_PB_CODE)
      const held = new Map([[`${cid}`, bytes]])
      const { retrieval } = await bench([new FakeBroker(new FakeSource('peer', 'a', held))])
      expect(await refusal(() => retrieval.file(cid))).to.equal('InvalidRootError')
      expect(await refusal(() => retrieval.file(rootBlock!.cid))).to.equal('ContentNotFoundError')
    })
  })

  it('opens a title once, also while its root is on its way to the store', async () => {
    const edge = new FakeSource('edge', 'e', title.held)
    const { retrieval, store } = await bench([new FakeBroker(edge)])
    const put = store.put.bind(store)
    const { promise: mayWrite, resolve } = Promise.withResolvers<void>()
    store.put = async (...args) => {
      await mayWrite
      await put(...args)
    }
    const manifest = await retrieval.manifest(title.id)
    expect(store.has(title.id)).to.equal(false)
    expect(await retrieval.manifest(title.id)).to.equal(manifest)
    resolve()
  })

  it('names what the manifest does not have', async () => {
    const { retrieval } = await bench([new FakeBroker(new FakeSource('edge', 'e', title.held))])
    for (const [rendition, number] of [['64k', 0], ['128k', 20]] as const) {
      expect(await refusal(() => retrieval.segment(title.id, rendition, number)))
        .to.equal('NotInManifestError')
    }
  })

  it('says which sources do not have the title', async () => {
    const edge = new FakeSource('edge', 'http://e', async () => undefined)
    const { retrieval } = await bench([new FakeBroker(edge)])
    const err = await retrieval.manifest(title.id).catch((err: Error) => err) as Error
    expect(err.name).to.equal('ContentNotFoundError')
    expect(err.message).to.include('edge http://e: does not have it')
  })

  it('holds one deadline for a whole segment', async () => {
    const roots = [title.id.toString(), title.root.renditions[0]!.pages[0]!.cid.toString()]
    const edge = new FakeSource('edge', 'e', async (want, options) => {
      const key = want.cid.toString()
      return roots.includes(key) ? title.held.get(key) : await mute(want, options)
    })
    const { retrieval, time } = await bench([new FakeBroker(edge)])
    const sinceMs = time.nowMs
    const failed = refusal(() => retrieval.segment(title.id, '128k', 0, { timeoutMs: 700 }))
    expect((await time.until(failed)).value).to.equal('DeadlineError')
    expect(time.nowMs - sinceMs).to.equal(700)
    expect(time.pending).to.equal(0)
  })

  it('waits for a manifest no longer than each of the callers that share it', async () => {
    const { retrieval, time } = await bench([new FakeBroker(new FakeSource('edge', 'e', mute))])
    const patient = refusal(() => retrieval.manifest(title.id))
    const hasty = refusal(() => retrieval.manifest(title.id, { timeoutMs: 300 }))
    expect(await time.until(hasty)).to.deep.equal({ value: 'DeadlineError', elapsedMs: 300 })
    expect(await time.until(patient)).to.deep.equal({ value: 'DeadlineError', elapsedMs: 9700 })
  })

  it('ends what is on its way when the caller leaves', async () => {
    const edge = new FakeSource('edge', 'e', async (want, options) =>
      want.number == null ? title.held.get(want.cid.toString()) : await mute(want, options))
    const { retrieval } = await bench([new FakeBroker(edge)])
    const caller = new AbortController()
    const left = refusal(() => retrieval.segment(title.id, '128k', 0, { signal: caller.signal }))
    await settle()
    await settle()
    expect(edge.inFlight).to.equal(3)
    caller.abort()
    expect(await left).to.equal('AbortError')
    await settle()
    expect(edge.inFlight).to.equal(0)
  })

  it('ends everything when it stops', async () => {
    const { retrieval, time } = await bench([new FakeBroker(new FakeSource('edge', 'e', mute))])
    const ended = refusal(() => retrieval.manifest(title.id))
    await settle()
    await retrieval.stop()
    expect(await ended).to.equal('AbortError')
    expect(time.pending).to.equal(0)
  })

  it('has no more blocks of a segment under way than it was told', async () => {
    const long = await sampleTitle(1, 20_000)
    let most = 0
    const edge: FakeSource = new FakeSource('edge', 'e', async ({ cid }) => {
      most = Math.max(most, edge.inFlight)
      await settle()
      return long.held.get(cid.toString())
    })
    const { retrieval } = await bench([new FakeBroker(edge)], { parallelBlocks: 3 })
    await retrieval.segment(long.id, '128k', 0)
    expect(most).to.equal(3)
  })
})
