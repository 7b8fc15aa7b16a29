import { expect } from 'chai'
import { BlockTooLargeError, PeerBusyError } from '../../../protocols/errors.ts'
import type { InventoryChange } from '../../../protocols/exchange/index.ts'
import { settle } from './fake-time.ts'
import {
  bench, FakeBroker, FakeSource, failure, fetched, mute, type SampleBlock, sampleBlock
} from './fakes.ts'

const refused = async () => { throw new TypeError('connection refused') }

describe('daemon/retrieval/hunt', () => {
  let block: SampleBlock

  before(async () => {
    block = await sampleBlock()
  })

  describe('where a block comes from', () => {
    it('asks a peer that holds it before an edge, and an edge before the origin', async () => {
      const peer = new FakeSource('peer', 'a', block.held)
      const edge = new FakeSource('edge', 'http://e', block.held)
      const origin = new FakeSource('origin', 'http://o', block.held)
      const node = await bench([new FakeBroker(origin, edge, peer)])
      expect(await fetched(node, block))
        .to.deep.include({ source: 'peer', from: 'a', path: ['a'], rttMs: 10 })
      expect([edge.asked.length, origin.asked.length]).to.deep.equal([0, 0])
    })

    it('asks the edge at once when no peer is known to hold it', async () => {
      const stranger = new FakeSource('peer', 'a', mute, { holds: 'unknown' })
      const edge = new FakeSource('edge', 'http://e', block.held)
      const node = await bench([new FakeBroker(stranger, edge)])
      expect(await fetched(node, block)).to.include({ source: 'edge', waitedMs: 0 })
      expect(stranger.asked).to.have.length(0)
    })

    it('asks the nearest edge first, then the other edges, then the origin', async () => {
      const order: string[] = []
      const down = (id: string) => () => {
        order.push(id)
        return refused()
      }
      const near = new FakeSource('edge', 'near', down('near'), { rttMs: 5 })
      const far = new FakeSource('edge', 'far', down('far'), { rttMs: 90 })
      const origin = new FakeSource('origin', 'origin', block.held, { rttMs: 1 })
      const node = await bench([new FakeBroker(origin, far, near)])
      expect(await fetched(node, block)).to.include({ source: 'origin', waitedMs: 0 })
      expect(order).to.deep.equal(['near', 'far'])
    })

    it('asks a peer of whom nothing is known when nobody else is left', async () => {
      const stranger = new FakeSource('peer', 'a', block.held, { holds: 'unknown' })
      const edge = new FakeSource('edge', 'http://e', async () => undefined)
      const node = await bench([new FakeBroker(stranger, edge)])
      expect(await fetched(node, block)).to.include({ from: 'a' })
    })

    it('asks a slow node by its other way after long silence, another node before', async () => {
      const way = new FakeSource('origin', 'http://o', mute, { node: 'o' })
      const otherWay = new FakeSource('origin', 'o', block.held, { node: 'o' })
      const alone = await bench([new FakeBroker(way, otherWay)])
      const { from, waitedMs } = await fetched(alone, block)
      expect(from).to.equal('o')
      expect(waitedMs).to.be.within(3_000, 3_500)
      const second = new FakeSource('origin', 'http://second', block.held, { rttMs: 90 })
      const silent = new FakeSource('origin', 'http://o', mute, { node: 'o' })
      const both = await bench([new FakeBroker(silent, otherWay, second)])
      expect(await fetched(both, block)).to.include({ from: 'http://second' })
    })

    it('asks who does not have it by no other way, unless it says there that it has', async () => {
      const way = new FakeSource('edge', 'http://e', async () => undefined, { node: 'e' })
      const otherWay = new FakeSource('edge', 'e', block.held, { node: 'e', holds: 'unknown' })
      const node = await bench([new FakeBroker(way, otherWay)])
      expect(await failure(node, block)).to.include({ name: 'ContentNotFoundError' })
      otherWay.holds = 'have'
      expect(await fetched(node, block)).to.include({ from: 'e' })
    })

    it('asks a node by its other way at once when the first has failed', async () => {
      const way = new FakeSource('origin', 'http://o', refused, { node: 'o' })
      const otherWay = new FakeSource('origin', 'o', block.held, { node: 'o' })
      const node = await bench([new FakeBroker(way, otherWay)])
      expect(await fetched(node, block)).to.include({ from: 'o', waitedMs: 0 })
    })
  })

  describe('wrong bytes', () => {
    it('bans the sender and fetches the block elsewhere', async () => {
      const liar = new FakeSource('peer', 'liar', async () => new Uint8Array(1000), { rttMs: 1 })
      const honest = new FakeSource('peer', 'honest', block.held, { rttMs: 50 })
      const broker = new FakeBroker(liar, honest)
      const node = await bench([broker])
      expect(await fetched(node, block)).to.include({ from: 'honest' })
      expect(broker.banned).to.deep.equal(['liar'])
      expect(node.penalties.isBanned('liar')).to.equal(true)
      expect(node.tally.mismatches).to.equal(1)
    })

    it('does not ask a banned source again, for any block', async () => {
      const liar = new FakeSource('peer', 'liar', async () => new Uint8Array(1000), { rttMs: 1 })
      const other = await sampleBlock(2)
      const edge = new FakeSource('edge', 'http://e', new Map([...block.held, ...other.held]))
      const node = await bench([new FakeBroker(liar, edge)])
      await fetched(node, block)
      await node.time.until(node.fetcher.fetch(other.want(node.time)))
      expect(liar.asked).to.have.length(1)
    })

    it('bans a source that sends more than was asked for', async () => {
      const flood = new FakeSource('edge', 'http://e', async () => {
        throw new BlockTooLargeError('too many')
      })
      const long = new FakeSource('edge', 'http://f', async () => new Uint8Array(1001))
      const origin = new FakeSource('origin', 'http://o', block.held)
      const broker = new FakeBroker(flood, long, origin)
      expect(await fetched(await bench([broker]), block)).to.include({ source: 'origin' })
      expect(broker.banned).to.deep.equal(['http://e', 'http://f'])
    })

    it('are never stored', async () => {
      const liar = new FakeSource('peer', 'liar', async () => new Uint8Array(1000))
      const node = await bench([new FakeBroker(liar)])
      expect(await failure(node, block)).to.include({ name: 'ContentNotFoundError' })
      await node.fetcher.stop(new Error('stop'))
      expect([...node.store.entries()]).to.have.length(0)
    })
  })

  describe('silence and failure', () => {
    it('turns from a mute peer to the edge within a second, or a third of its time', async () => {
      const cases = [
        ['urgent', 0, 999], ['playing', 0, 999], ['playing', 900, 999, 2_900],
        ['playing', 2_900, 3_000, 60_000], ['prefetch', 2_900, 3_000], ['offline', 2_900, 3_000]
      ] as const
      for (const [priority, leastMs, mostMs, inMs] of cases) {
        const peer = new FakeSource('peer', 'a', mute)
        const edge = new FakeSource('edge', 'http://e', block.held)
        const node = await bench([new FakeBroker(peer, edge)])
        const neededMs = inMs == null ? {} : { neededMs: node.time.nowMs + inMs }
        const { source, waitedMs } = await fetched(node, block, { priority, ...neededMs })
        expect(source).to.equal('edge')
        expect(waitedMs).to.be.within(leastMs, mostMs)
        expect(peer.aborted).to.equal(1)
      }
    })

    it('turns to the edge as soon, however many peers are mute', async () => {
      for (const [priority, mostMs] of [['playing', 999], ['prefetch', 3_500]] as const) {
        const peers = Array.from({ length: 20 }, (_, i) => new FakeSource('peer', `p${i}`, mute))
        const edge = new FakeSource('edge', 'http://e', block.held)
        const node = await bench([new FakeBroker(...peers, edge)])
        const { source, waitedMs } = await fetched(node, block, { priority })
        expect(source).to.equal('edge')
        expect(waitedMs).to.be.at.most(mostMs)
      }
    })

    it('does not wait for a mute peer with the next block', async () => {
      const other = await sampleBlock(2)
      const edge = new FakeSource('edge', 'http://e', new Map([...block.held, ...other.held]))
      const node = await bench([new FakeBroker(new FakeSource('peer', 'a', mute), edge)])
      await fetched(node, block)
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
      const peer: FakeSource = new FakeSource('peer', 'a', mute, { rateBytesPerSecond: 600_000 })
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
      const { source, waitedMs } = await fetched(await bench([new FakeBroker(peer, edge)]), block)
      expect([source, waitedMs]).to.deep.equal(['edge', 0])
      const alone = await bench([new FakeBroker(peer)])
      expect(await fetched(alone, block)).to.include({ source: 'peer' })
    })

    it('asks the next edge when one does not answer', async () => {
      const mutes = new FakeSource('edge', 'a', mute, { rttMs: 1 })
      const edge = new FakeSource('edge', 'b', block.held, { rttMs: 2 })
      const { from, waitedMs } = await fetched(await bench([new FakeBroker(mutes, edge)]), block)
      expect(from).to.equal('b')
      expect(waitedMs).to.be.within(200, 1000)
    })

    it('asks a failed source again after its backoff', async () => {
      let tries = 0
      const edge = new FakeSource('edge', 'http://e', async () =>
        ++tries < 3 ? await refused() : block.bytes)
      const { waitedMs } = await fetched(await bench([new FakeBroker(edge)]), block)
      expect(tries).to.equal(3)
      expect(waitedMs).to.be.within(750, 2000)
    })

    it('says that nobody has it when who failed before answers that it does not', async () => {
      let tries = 0
      const edge = new FakeSource('edge', 'http://e', async () =>
        ++tries < 2 ? await refused() : undefined)
      const { name, waitedMs } = await failure(await bench([new FakeBroker(edge)]), block)
      expect(name).to.equal('ContentNotFoundError')
      expect(waitedMs).to.be.below(1000)
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
      const { waitedMs } = await fetched(await bench([new FakeBroker(edge)]), block)
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

    it('are waited for a share of the slack, and not at all when it is urgent', async () => {
      const peer = new FakeSource('peer', 'a', block.held, { holds: 'loading' })
      const edge = new FakeSource('edge', 'http://e', block.held)
      const node = await bench([new FakeBroker(peer, edge)])
      expect((await fetched(node, block)).waitedMs).to.be.within(1800, 2010)
      const urgent = await bench([new FakeBroker(peer, edge)])
      expect((await fetched(urgent, block, { priority: 'urgent' })).waitedMs).to.equal(0)
    })

    it('are told when we load from an edge or another region, and when that fails', async () => {
      const place = { content: block.cid, rendition: '128k', number: 7, deadlineMs: 0 }
      const told = async (kind: FakeSource['kind'], more: Partial<FakeSource> = {}) => {
        const source = new FakeSource(kind, 'a', async () => undefined, more)
        const node = await bench([new FakeBroker(source)])
        const changes: InventoryChange[] = []
        node.holdings.events.addEventListener('change', event => {
          changes.push((event as CustomEvent<InventoryChange>).detail)
        })
        await failure(node, block, { ...place, deadlineMs: node.time.nowMs + 1000 })
        return changes.map(({ state, block }) => `${state} ${block}`)
      }
      expect(await told('edge')).to.deep.equal(['loading 7', 'missing 7'])
      expect(await told('peer', { isFar: true })).to.deep.equal(['loading 7', 'missing 7'])
      expect(await told('peer')).to.deep.equal([])
    })
  })

  describe('giving up', () => {
    it('says at once that nobody has it when all have said so', async () => {
      const edge = new FakeSource('edge', 'http://e', async () => undefined)
      const origin = new FakeSource('origin', 'http://o', async () => undefined)
      const node = await bench([new FakeBroker(edge, origin)])
      const { name, message, waitedMs } = await failure(node, block)
      expect(name).to.equal('ContentNotFoundError')
      expect(message).to.include('http://e').and.include('http://o').and.include('does not have it')
      expect(waitedMs).to.equal(0)
    })

    it('waits for sources that are still looked for, and asks them as they come', async () => {
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
      const { name, waitedMs } = await failure(await bench([broker]), block)
      expect([name, waitedMs]).to.deep.equal(['ContentNotFoundError', 10_000])
    })

    it('says that the deadline passed when somebody might still answer', async () => {
      const node = await bench([new FakeBroker(new FakeSource('peer', 'a', mute))])
      const { name, message, waitedMs } = await failure(node, block)
      expect(name).to.equal('DeadlineError')
      expect(message).to.include('peer a: no answer yet')
      expect(waitedMs).to.equal(10_000)
    })
  })
})
