import { expect } from 'chai'
import type { Bench } from './fakes.ts'
import { BlockTooLargeError, PeerBusyError } from '../../../protocols/errors.ts'
import type { InventoryChange } from '../../../protocols/exchange/index.ts'
import { settle } from './fake-time.ts'
import { bench, FakeBroker, FakeSource, mute, type SampleBlock, sampleBlock } from './fakes.ts'

const refused = async () => { throw new TypeError('connection refused') }

describe('daemon/retrieval/block-fetcher', () => {
  let block: SampleBlock

  before(async () => {
    block = await sampleBlock()
  })

  async function fetched ({ time, fetcher }: Bench, more = {}) {
    const { value, elapsedMs } = await time.until(fetcher.fetch(block.want(time, more)))
    expect([...value.bytes]).to.deep.equal([...block.bytes])
    return { ...value.delivery, waitedMs: elapsedMs }
  }

  async function failure ({ time, fetcher }: Bench, more = {}) {
    const sinceMs = time.nowMs
    try {
      await time.until(fetcher.fetch(block.want(time, more)))
    } catch (err) {
      return { name: (err as Error).name, message: (err as Error).message, waitedMs: time.nowMs - sinceMs }
    }
    throw new Error('it did not fail')
  }

  describe('where a block comes from', () => {
    it('takes it from the store without asking anyone', async () => {
      const peer = new FakeSource('peer', 'a', block.held)
      const node = await bench([new FakeBroker(peer)])
      await node.store.put(block.cid, block.bytes)
      expect(await fetched(node)).to.include({ source: 'local' })
      expect(peer.asked).to.have.length(0)
      expect(node.tally.bytes).to.deep.equal({ local: 1000 })
    })

    it('asks a peer that holds it before an edge, and an edge before the origin', async () => {
      const peer = new FakeSource('peer', 'a', block.held)
      const edge = new FakeSource('edge', 'http://e', block.held)
      const origin = new FakeSource('origin', 'http://o', block.held)
      const node = await bench([new FakeBroker(origin, edge, peer)])
      expect(await fetched(node)).to.deep.include({ source: 'peer', from: 'a', path: ['a'], rttMs: 10 })
      expect([edge.asked.length, origin.asked.length]).to.deep.equal([0, 0])
    })

    it('asks the edge at once when no peer is known to hold it', async () => {
      const stranger = new FakeSource('peer', 'a', mute, { holds: 'unknown' })
      const edge = new FakeSource('edge', 'http://e', block.held)
      const node = await bench([new FakeBroker(stranger, edge)])
      expect(await fetched(node)).to.include({ source: 'edge', waitedMs: 0 })
      expect(stranger.asked).to.have.length(0)
    })

    it('asks the nearest edge first, then the other edges, then the origin', async () => {
      const order: string[] = []
      const down = (id: string) => async () => { order.push(id); throw new TypeError('connection refused') }
      const near = new FakeSource('edge', 'near', down('near'), { rttMs: 5 })
      const far = new FakeSource('edge', 'far', down('far'), { rttMs: 90 })
      const origin = new FakeSource('origin', 'origin', block.held, { rttMs: 1 })
      const node = await bench([new FakeBroker(origin, far, near)])
      expect(await fetched(node)).to.include({ source: 'origin', waitedMs: 0 })
      expect(order).to.deep.equal(['near', 'far'])
    })

    it('asks a peer of whom nothing is known when nobody else is left', async () => {
      const stranger = new FakeSource('peer', 'a', block.held, { holds: 'unknown' })
      const edge = new FakeSource('edge', 'http://e', async () => undefined)
      expect(await fetched(await bench([new FakeBroker(stranger, edge)]))).to.include({ from: 'a' })
    })

    it('stores what came from outside', async () => {
      const node = await bench([new FakeBroker(new FakeSource('peer', 'a', block.held))])
      await fetched(node)
      await node.fetcher.stop(new Error('stop'))
      expect(node.store.has(block.cid)).to.equal(true)
    })

    it('delivers although the store fails', async () => {
      const node = await bench([new FakeBroker(new FakeSource('peer', 'a', block.held))])
      node.store.put = async () => { throw new Error('disk full') }
      node.store.get = async () => { throw new Error('disk broken') }
      expect(await fetched(node)).to.include({ source: 'peer' })
    })
  })

  describe('wrong bytes', () => {
    it('bans the sender and fetches the block elsewhere', async () => {
      const liar = new FakeSource('peer', 'liar', async () => new Uint8Array(1000), { rttMs: 1 })
      const honest = new FakeSource('peer', 'honest', block.held, { rttMs: 50 })
      const broker = new FakeBroker(liar, honest)
      const node = await bench([broker])
      expect(await fetched(node)).to.include({ from: 'honest' })
      expect(broker.banned).to.deep.equal(['liar'])
      expect(node.penalties.isBanned('liar')).to.equal(true)
      expect(node.tally.mismatches).to.equal(1)
    })

    it('does not ask a banned source again, for any block', async () => {
      const liar = new FakeSource('peer', 'liar', async () => new Uint8Array(1000), { rttMs: 1 })
      const edge = new FakeSource('edge', 'http://e', async ({ cid }) => block.held.get(cid.toString()) ?? other.bytes)
      const other = await sampleBlock(2)
      const node = await bench([new FakeBroker(liar, edge)])
      await fetched(node)
      await node.time.until(node.fetcher.fetch(other.want(node.time)))
      expect(liar.asked).to.have.length(1)
    })

    it('bans a source that sends more than was asked for', async () => {
      const flood = new FakeSource('edge', 'http://e', async () => { throw new BlockTooLargeError('too many') })
      const long = new FakeSource('edge', 'http://f', async () => new Uint8Array(1001))
      const origin = new FakeSource('origin', 'http://o', block.held)
      const broker = new FakeBroker(flood, long, origin)
      expect(await fetched(await bench([broker]))).to.include({ source: 'origin' })
      expect(broker.banned).to.deep.equal(['http://e', 'http://f'])
    })

    it('are never stored', async () => {
      const node = await bench([new FakeBroker(new FakeSource('peer', 'liar', async () => new Uint8Array(1000)))])
      expect(await failure(node)).to.include({ name: 'ContentNotFoundError' })
      await node.fetcher.stop(new Error('stop'))
      expect([...node.store.entries()]).to.have.length(0)
    })
  })

  describe('silence and failure', () => {
    it('turns from a mute peer to the edge within a second, whatever the priority', async () => {
      for (const priority of ['urgent', 'playing', 'prefetch', 'offline'] as const) {
        const peer = new FakeSource('peer', 'a', mute)
        const edge = new FakeSource('edge', 'http://e', block.held)
        const { source, waitedMs } = await fetched(await bench([new FakeBroker(peer, edge)]), { priority })
        expect(source).to.equal('edge')
        expect(waitedMs).to.be.below(1000)
        expect(peer.aborted).to.equal(1)
      }
    })

    it('turns to the edge within a second, however many peers are mute', async () => {
      const peers = Array.from({ length: 20 }, (_, i) => new FakeSource('peer', `p${i}`, mute))
      const edge = new FakeSource('edge', 'http://e', block.held)
      const { source, waitedMs } = await fetched(await bench([new FakeBroker(...peers, edge)]))
      expect(source).to.equal('edge')
      expect(waitedMs).to.be.below(1000)
    })

    it('does not wait for a mute peer with the next block', async () => {
      const other = await sampleBlock(2)
      const edge = new FakeSource('edge', 'http://e', new Map([...block.held, ...other.held]))
      const node = await bench([new FakeBroker(new FakeSource('peer', 'a', mute), edge)])
      await fetched(node)
      const { elapsedMs } = await node.time.until(node.fetcher.fetch(other.want(node.time)))
      expect(elapsedMs).to.equal(0)
    })

    it('takes the first verified answer, also from the one that was slow', async () => {
      const node = await bench([])
      const slow = new FakeSource('peer', 'slow', () =>
        new Promise(resolve => { node.time.timer(700, () => { resolve(block.bytes) }) }))
      const edge = new FakeSource('edge', 'http://e', mute)
      const raced = await bench([new FakeBroker(slow, edge)])
      const result = raced.fetcher.fetch(block.want(raced.time))
      for (let ms = 0; ms < 800; ms += 10) {
        await Promise.all([node.time.advance(10), raced.time.advance(10)])
      }
      expect((await result).delivery.from).to.equal('slow')
      expect([slow.asked.length, edge.asked.length, edge.aborted]).to.deep.equal([1, 1, 1])
    })

    it('lets a slow peer go on for as long as its bytes keep coming, and no longer', async () => {
      const big = await sampleBlock(1, 1_000_000)
      const peer: FakeSource = new FakeSource('peer', 'a', mute, { rateBytesPerSecond: 500_000 })
      const edge = new FakeSource('edge', 'http://e', big.held)
      const node = await bench([new FakeBroker(peer, edge)])
      const result = node.fetcher.fetch(big.want(node.time))
      for (let ms = 0; ms < 1500; ms += 50) {
        peer.received += 25_000
        await node.time.advance(50)
      }
      expect(edge.asked).to.have.length(0)
      expect((await node.time.until(result)).elapsedMs).to.be.within(100, 600)
    })

    it('turns to the edge when peers would be too slow for the deadline', async () => {
      const peer = new FakeSource('peer', 'a', block.held, { rateBytesPerSecond: 150 })
      const edge = new FakeSource('edge', 'http://e', block.held)
      expect(await fetched(await bench([new FakeBroker(peer, edge)]))).to.include({ source: 'edge', waitedMs: 0 })
      expect(await fetched(await bench([new FakeBroker(peer)]))).to.include({ source: 'peer' })
    })

    it('asks the next edge when one does not answer', async () => {
      const mutes = new FakeSource('edge', 'a', mute, { rttMs: 1 })
      const edge = new FakeSource('edge', 'b', block.held, { rttMs: 2 })
      const { from, waitedMs } = await fetched(await bench([new FakeBroker(mutes, edge)]))
      expect(from).to.equal('b')
      expect(waitedMs).to.be.within(200, 1000)
    })

    it('asks a failed source again after its backoff', async () => {
      let tries = 0
      const edge = new FakeSource('edge', 'http://e', async () => ++tries < 3 ? await refused() : block.bytes)
      const { waitedMs } = await fetched(await bench([new FakeBroker(edge)]))
      expect(tries).to.equal(3)
      expect(waitedMs).to.be.within(750, 2000)
    })

    it('leaves a busy source alone for as long as it says', async () => {
      let busy = true
      const edge = new FakeSource('edge', 'http://e', async () => {
        if (busy) {
          busy = false
          throw new PeerBusyError(1500)
        }
        return block.bytes
      })
      const { waitedMs } = await fetched(await bench([new FakeBroker(edge)]))
      expect(waitedMs).to.be.within(1500, 2000)
    })

    it('takes no source for slow when it was we who slept', async () => {
      const peer = new FakeSource('peer', 'a', mute)
      const edge = new FakeSource('edge', 'http://e', mute)
      const stalled = await bench([new FakeBroker(peer, edge)])
      const result = stalled.fetcher.fetch(block.want(stalled.time)).catch(() => 'ended')
      await settle()
      stalled.time.nowMs += 5000
      await stalled.time.advance(100)
      expect(edge.asked).to.have.length(0)
      await stalled.time.advance(400)
      expect(edge.asked).to.have.length(1)
      await stalled.fetcher.stop(new Error('stop'))
      expect(await result).to.equal('ended')
    })
  })

  describe('loading neighbours', () => {
    it('are waited for a short while before the edge is asked', async () => {
      const peer = new FakeSource('peer', 'a', block.held, { holds: 'loading' })
      const edge = new FakeSource('edge', 'http://e', block.held)
      const broker = new FakeBroker(peer, edge)
      const node = await bench([broker])
      const result = node.fetcher.fetch(block.want(node.time))
      await node.time.advance(200)
      expect(edge.asked).to.have.length(0)
      peer.holds = 'have'
      broker.bell.ring()
      expect((await node.time.until(result)).value.delivery.from).to.equal('a')
    })

    it('are waited for no longer than 300 ms, and not at all when it is urgent', async () => {
      const peer = new FakeSource('peer', 'a', block.held, { holds: 'loading' })
      const edge = new FakeSource('edge', 'http://e', block.held)
      expect((await fetched(await bench([new FakeBroker(peer, edge)]))).waitedMs).to.be.within(290, 310)
      const urgent = await bench([new FakeBroker(peer, edge)])
      expect((await fetched(urgent, { priority: 'urgent' })).waitedMs).to.equal(0)
    })

    it('are told when we load from an edge ourselves, and when that fails', async () => {
      const place = { content: block.cid, rendition: '128k', number: 7, deadlineMs: 0 }
      const edge = new FakeSource('edge', 'http://e', async () => undefined)
      const node = await bench([new FakeBroker(edge)])
      const changes: InventoryChange[] = []
      node.holdings.events.addEventListener('change', event => {
        changes.push((event as CustomEvent<InventoryChange>).detail)
      })
      await failure(node, { ...place, deadlineMs: node.time.nowMs + 1000 })
      expect(changes.map(({ state, block }) => `${state} ${block}`)).to.deep.equal(['loading 7', 'missing 7'])
    })
  })

  describe('giving up', () => {
    it('says at once that nobody has it when all have said so', async () => {
      const edge = new FakeSource('edge', 'http://e', async () => undefined)
      const origin = new FakeSource('origin', 'http://o', async () => undefined)
      const { name, message, waitedMs } = await failure(await bench([new FakeBroker(edge, origin)]))
      expect(name).to.equal('ContentNotFoundError')
      expect(message).to.include('http://e').and.include('http://o').and.include('does not have it')
      expect(waitedMs).to.equal(0)
    })

    it('waits for sources that are still being looked for, and asks them as they come', async () => {
      const broker = new FakeBroker()
      broker.seeking = true
      const node = await bench([broker])
      const result = node.fetcher.fetch(block.want(node.time))
      await node.time.advance(700)
      broker.offered.push(new FakeSource('peer', 'late', block.held))
      broker.bell.ring()
      expect(await node.time.until(result)).to.have.property('elapsedMs', 0)
    })

    it('says that nobody has it when the deadline passes without a source', async () => {
      const broker = new FakeBroker()
      broker.seeking = true
      expect(await failure(await bench([broker]))).to.deep.include({ name: 'ContentNotFoundError', waitedMs: 10_000 })
    })

    it('says that the deadline passed when somebody might still answer', async () => {
      const { name, message, waitedMs } = await failure(await bench([new FakeBroker(new FakeSource('peer', 'a', mute))]))
      expect(name).to.equal('DeadlineError')
      expect(message).to.include('peer a: no answer yet')
      expect(waitedMs).to.equal(10_000)
    })

    it('refuses a CID it cannot check', async () => {
      const node = await bench([])
      const { name } = await failure(node, { cid: block.cid.toV1().multihash })
      expect(name).to.equal('InvalidCidError')
    })
  })

  describe('wants for the same block', () => {
    it('share one request', async () => {
      const edge = new FakeSource('edge', 'http://e', block.held)
      const node = await bench([new FakeBroker(edge)])
      const results = await Promise.all(Array.from({ length: 100 }, () => node.fetcher.fetch(block.want(node.time))))
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
        return edge.asked.length < 5 ? await refused() : block.bytes
      })
      const node = await bench([new FakeBroker(edge)])
      const { nowMs } = node.time
      const hasty = node.fetcher.fetch(block.want(node.time, { deadlineMs: nowMs + 500 })).catch((err: Error) => err.name)
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
      await fetched(node)
      expect(await fetched(node)).to.include({ source: 'local' })
      expect(edge.asked).to.have.length(1)
      stored()
      await node.fetcher.stop(new Error('stop'))
    })
  })

  it('refuses more blocks at a time than it has room for', async () => {
    const node = await bench([new FakeBroker(new FakeSource('edge', 'http://e', mute))])
    const blocks = await Promise.all(Array.from({ length: 1025 }, (_, i) => sampleBlock(i % 251, 1 + i)))
    const results = blocks.map(({ want }) => node.fetcher.fetch(want(node.time)).catch((err: Error) => err.name))
    expect(await results[1024]).to.equal('PeerBusyError')
    await node.fetcher.stop(new Error('stop'))
    expect(await results[0]).to.equal('Error')
  })
})
