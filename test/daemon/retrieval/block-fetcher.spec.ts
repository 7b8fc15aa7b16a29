import { expect } from 'chai'
import { CID } from 'multiformats/cid'
import { NotFoundMemory } from '../../../daemon/retrieval/index.ts'
import { settle } from './fake-time.ts'
import {
  bench, FakeBroker, FakeSource, failure, fetched, mute, type SampleBlock, sampleBlock
} from './fakes.ts'

describe('daemon/retrieval/block-fetcher', () => {
  let block: SampleBlock

  before(async () => {
    block = await sampleBlock()
  })

  it('takes it from the store without asking anyone', async () => {
    const peer = new FakeSource('peer', 'a', block.held)
    const node = await bench([new FakeBroker(peer)])
    await node.store.put(block.cid, block.bytes)
    expect(await fetched(node, block)).to.include({ source: 'local' })
    expect(peer.asked).to.have.length(0)
    expect(node.tally.bytes).to.deep.equal({ local: 1000 })
  })

  it('stores what came from outside', async () => {
    const node = await bench([new FakeBroker(new FakeSource('peer', 'a', block.held))])
    await fetched(node, block)
    await node.fetcher.stop(new Error('stop'))
    expect(node.store.has(block.cid)).to.equal(true)
  })

  it('tells the store where a block stands', async () => {
    const node = await bench([new FakeBroker(new FakeSource('peer', 'a', block.held))])
    const places: unknown[] = []
    const put = node.store.put.bind(node.store)
    node.store.put = async (cid, bytes, options) => {
      places.push(options?.place)
      await put(cid, bytes, options)
    }
    const content = block.cid
    for (const more of [{}, { content }, { content, rendition: '128k', number: 7 }]) {
      await fetched(node, block, more)
      await settle()
      await node.store.delete(block.cid)
    }
    expect(places).to.deep.equal([
      undefined, { title: `${content}/` }, { title: `${content}/128k`, number: 7 }
    ])
  })

  it('does not search again at once for what nobody has, unless it is here', async () => {
    const peer = new FakeSource('peer', 'a', new Map())
    const broker = new FakeBroker(peer)
    const notFound = new NotFoundMemory({ clock: () => 0, brokers: [broker] })
    const node = await bench([broker], {}, { notFound })
    for (const message of [/^nobody has \w+ \(peer a: does not have it\)$/, /as a moment ago$/]) {
      expect(await failure(node, block)).to.have.property('message').match(message)
    }
    expect(peer.asked).to.have.length(1)
    await node.store.put(block.cid, block.bytes)
    expect(await fetched(node, block)).to.include({ source: 'local' })
  })

  it('delivers although the store fails', async () => {
    const node = await bench([new FakeBroker(new FakeSource('peer', 'a', block.held))])
    node.store.put = async () => { throw new Error('disk full') }
    node.store.get = async () => { throw new Error('disk broken') }
    expect(await fetched(node, block)).to.include({ source: 'peer' })
  })

  it('refuses a CID it cannot check', async () => {
    const node = await bench([])
    const { name } = await failure(node, block, { cid: CID.createV1(0x99, block.cid.multihash) })
    expect(name).to.equal('InvalidCidError')
  })

  describe('wants for the same block', () => {
    it('share one request', async () => {
      const edge = new FakeSource('edge', 'http://e', block.held)
      const node = await bench([new FakeBroker(edge)])
      const fetch = () => node.fetcher.fetch(block.want(node.time))
      const results = await Promise.all(Array.from({ length: 100 }, fetch))
      expect(edge.asked).to.have.length(1)
      expect(results.every(({ delivery }) => delivery.source === 'edge')).to.equal(true)
      expect(node.tally.bytes).to.deep.equal({ edge: 1000 })
    })

    it('go on when one of those who wait leaves, and end when the last one does', async () => {
      const edge = new FakeSource('edge', 'http://e', mute)
      const node = await bench([new FakeBroker(edge)])
      const [first, second] = [new AbortController(), new AbortController()]
      const wants = [first, second].map(({ signal }) =>
        node.fetcher.fetch(block.want(node.time), { signal }).catch((err: Error) => err.name))
      await settle()
      first.abort()
      await settle()
      expect(await wants[0]).to.equal('AbortError')
      expect(edge.aborted).to.equal(0)
      second.abort()
      await settle()
      expect(await wants[1]).to.equal('AbortError')
      expect(edge.aborted).to.equal(1)
      expect(node.time.pending).to.equal(0)
    })

    it('go on for the most patient when the others have run out of time', async () => {
      const deadlines: number[] = []
      const edge: FakeSource = new FakeSource('edge', 'http://e', async ({ deadlineMs }) => {
        deadlines.push(deadlineMs)
        if (edge.asked.length < 4) throw new TypeError('connection refused')
        return block.bytes
      })
      const node = await bench([new FakeBroker(edge)])
      const { nowMs } = node.time
      const hasty = node.fetcher.fetch(block.want(node.time, { deadlineMs: nowMs + 500 }))
        .catch((err: Error) => err.name)
      const patient = node.fetcher.fetch(block.want(node.time, { deadlineMs: nowMs + 20_000 }))
      expect((await node.time.until(patient)).value.delivery.source).to.equal('edge')
      expect(await hasty).to.equal('DeadlineError')
      expect(deadlines.at(-1)).to.equal(nowMs + 20_000)
    })

    it('take on the highest priority of those who wait', async () => {
      const peer = new FakeSource('peer', 'a', block.held, { holds: 'loading' })
      const edge = new FakeSource('edge', 'http://e', block.held)
      const node = await bench([new FakeBroker(peer, edge)])
      const ahead = node.fetcher.fetch(block.want(node.time, { priority: 'prefetch' }))
      await node.time.advance(50)
      expect(edge.asked).to.have.length(0)
      await node.fetcher.fetch(block.want(node.time, { priority: 'urgent' }))
      expect((await ahead).delivery.source).to.equal('edge')
    })

    it('are served from memory while the block is being stored', async () => {
      const edge = new FakeSource('edge', 'http://e', block.held)
      const node = await bench([new FakeBroker(edge)])
      let stored = () => {}
      node.store.put = () => new Promise(resolve => { stored = resolve })
      await fetched(node, block)
      expect(await fetched(node, block)).to.include({ source: 'local' })
      expect(edge.asked).to.have.length(1)
      stored()
      await node.fetcher.stop(new Error('stop'))
    })
  })

  it('refuses more blocks at a time than it has room for', async () => {
    const node = await bench([new FakeBroker(new FakeSource('edge', 'http://e', mute))])
    const making = Array.from({ length: 1025 }, (_, i) => sampleBlock(i % 251, 1 + i))
    const results = (await Promise.all(making)).map(({ want }) =>
      node.fetcher.fetch(want(node.time)).catch((err: Error) => err.name))
    expect(await results[1024]).to.equal('PeerBusyError')
    await node.fetcher.stop(new Error('stop'))
    expect(await results[0]).to.equal('Error')
  })
})
