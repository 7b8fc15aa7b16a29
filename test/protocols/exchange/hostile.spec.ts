import { expect } from 'chai'
import fc from 'fast-check'
import { CID } from 'multiformats/cid'
import { MIN_NONCE } from '../../../protocols/exchange/flight.ts'
import type { ExchangeInit, Neighbour } from '../../../protocols/exchange/index.ts'
import { encodeMessage } from '../../../protocols/exchange/message.ts'
import { FIRST_LINE_BYTES } from '../../../protocols/exchange/upload-line.ts'
import { MAX_CHANNELS, MAX_DATA_BYTES, MAX_QUEUED_WANTS } from '../../../protocols/limits.ts'
import { type MemoryHost, MemoryNetwork } from './memory-network.ts'
import { RawPeer } from './raw-peer.ts'
import { eventually, failureOf, type SampleNode, sampleBytes, sampleNode } from './sample-node.ts'

const cid = CID.parse('bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku')

/** A peer that breaks the rules, one rule a test; a good neighbour is served before and after. */
describe('protocols/exchange, hostile peers', () => {
  let network: MemoryNetwork
  let node: SampleNode<MemoryHost>
  let good: SampleNode<MemoryHost>
  let badHost: MemoryHost

  beforeEach(async () => { await begin() })

  afterEach(async () => {
    const block = await node.inventory.add(sampleBytes(1000))
    const neighbour = await good.exchange.connect(node.host.peerId, [node.host.address])
    expect(await neighbour.want({ cid: block, size: 1000 })).to.have.length(1000)
    await Promise.all([node.exchange.stop(), good.exchange.stop()])
  })

  async function begin (init: Partial<ExchangeInit> = {}): Promise<void> {
    await node?.exchange.stop()
    await good?.exchange.stop()
    network = new MemoryNetwork()
    node = sampleNode(await network.host(), init)
    good = sampleNode(await network.host())
    badHost = await network.host()
    await node.exchange.start()
    await good.exchange.start()
  }

  async function bad (): Promise<RawPeer> {
    return new RawPeer(await badHost.openStream(node.host))
  }

  /** A bad peer that has said HELLO, and the node's view of it. */
  async function greeted (): Promise<{ peer: RawPeer, seen: Neighbour }> {
    const peer = await bad()
    peer.hello()
    await eventually(() => node.exchange.neighbour(badHost.peerId) != null, 'the neighbour')
    return { peer, seen: node.exchange.neighbour(badHost.peerId)! }
  }

  async function faultOf (act: (peer: RawPeer) => void): Promise<string | undefined> {
    const { peer, seen } = await greeted()
    act(peer)
    await peer.untilReset()
    expect(node.exchange.neighbour(badHost.peerId)).to.equal(undefined)
    return seen.fault?.name
  }

  describe('HELLO', () => {
    it('must come in time', async () => {
      await begin({ helloTimeoutMs: 10 })
      const peer = await bad()
      await peer.untilReset()
      expect(peer.of('hello')).to.have.length(1)
    })

    it('must come first and once', async () => {
      const early = await bad()
      early.send('ping', { nonce: 1 })
      await early.untilReset()
      const data = await bad()
      data.send('data', { id: 1, total: 1 }, Uint8Array.of(1))
      await data.untilReset()
      expect(await faultOf(peer => { peer.hello() })).to.equal('InvalidMessageError')
    })

    it('must name our network', async () => {
      const peer = await bad()
      peer.hello({ network: 'other' })
      await peer.untilReset()
      expect(node.exchange.neighbour(badHost.peerId)).to.equal(undefined)
    })

    it('may end in a stream half closed: the other half is closed too', async () => {
      const { peer } = await greeted()
      await peer.stream.close()
      await eventually(() => node.exchange.neighbour(badHost.peerId) == null, 'the end')
      await eventually(() => peer.stream.status !== 'open', 'both halves closed')
    })
  })

  describe('PONG', () => {
    it('must come for PINGs behind DATA, or no more is sent than a line may hold', async () => {
      const size = 100_000
      const blocks = await Promise.all(Array.from({ length: 20 }, (_, i) =>
        node.inventory.add(sampleBytes(size, i))))
      const { peer } = await greeted()
      peer.answersPings = false
      blocks.forEach((block, i) => { peer.send('want', { id: i + 1, cid: block.bytes, size }) })
      const received = (): number => peer.payloads.reduce((sum, each) => sum + each.byteLength, 0)
      await eventually(() => received() >= FIRST_LINE_BYTES - MAX_DATA_BYTES, 'what is sent')
      const other = await good.exchange.connect(node.host.peerId, [node.host.address])
      expect(await other.want({ cid: blocks[0]!, size })).to.have.length(size)
      expect(received()).to.be.at.most(4 * FIRST_LINE_BYTES)
      peer.answersPings = true
      const unanswered = peer.of('ping').filter(({ nonce }) => nonce >= MIN_NONCE)
      unanswered.forEach(ping => { peer.send('pong', ping) })
      await eventually(() => received() === 20 * size, 'the rest')
    })

    it('must be one to a PING, and in turn', async () => {
      const block = await node.inventory.add(sampleBytes(1000))
      expect(await faultOf(peer => { peer.send('pong', { nonce: MIN_NONCE }) }))
        .to.equal('InvalidMessageError')
      const { peer, seen } = await greeted()
      peer.answersPings = false
      peer.send('want', { id: 1, cid: block.bytes, size: 1000 })
      await eventually(() => peer.of('ping').some(({ nonce }) => nonce >= MIN_NONCE), 'a PING')
      peer.send('pong', { nonce: MIN_NONCE + 1 })
      await peer.untilReset()
      expect(seen.fault?.name).to.equal('InvalidMessageError')
    })
  })

  describe('frames', () => {
    for (const [what, bytes] of Object.entries({
      'a header length over the limit': [0x81, 0x80, 0x04],
      'an endless length': [0xff, 0xff, 0xff, 0xff, 0xff],
      'an empty header': [0],
      'a header that is no protobuf': [3, 0xff, 0xff, 0xff],
      'a payload over the limit': [4, 0x08, 0x81, 0x80, 0x04]
    })) {
      it(`reset the stream with ${what}`, async () => {
        const fault = await faultOf(peer => { peer.bytes(Uint8Array.from(bytes)) })
        expect(fault).to.equal('InvalidMessageError')
      })
    }

    it('of random bytes reset it by name or wait for more', async () => {
      const random = fc.uint8Array({ minLength: 1, maxLength: 200 })
      await fc.assert(fc.asyncProperty(random, async bytes => {
        const { peer, seen } = await greeted()
        peer.bytes(bytes)
        peer.stream.abort(new Error('done'))
        await eventually(() => node.exchange.neighbour(badHost.peerId) == null, 'the end')
        expect(seen.fault?.name ?? 'InvalidMessageError').to.equal('InvalidMessageError')
      }), { numRuns: 10 })
    })

    it('that never end are given up', async () => {
      await begin({ pingIntervalMs: 4 })
      const { peer, seen } = await greeted()
      peer.bytes(Uint8Array.of(200, 1))
      const trickle = setInterval(() => { peer.bytes(Uint8Array.of(0)) }, 1)
      await peer.untilReset()
      clearInterval(trickle)
      expect(seen.fault?.name).to.equal('PeerGoneError')
    })

    it('of unknown kinds are passed over', async () => {
      const { peer } = await greeted()
      peer.bytes(Uint8Array.of(5, 0x08, 3, 0x7a, 1, 9, 1, 2, 3))
      peer.send('ping', { nonce: 5 })
      await eventually(() => peer.of('pong').some(({ nonce }) => nonce === 5), 'the PONG')
    })
  })

  describe('DATA', () => {
    /** A peer that has our WANT of 1,000 bytes. */
    async function wanted (): Promise<{
      peer: RawPeer, seen: Neighbour, id: number, failure: Promise<Error>
    }> {
      const { peer, seen } = await greeted()
      const failure = failureOf(seen.want({ cid, size: 1000 }))
      await peer.until('want')
      return { peer, seen, id: peer.of('want')[0]!.id, failure }
    }

    it('beyond the expected size resets the stream and is never allocated', async () => {
      const { peer, seen, id, failure } = await wanted()
      peer.send('data', { id, total: 1001 }, new Uint8Array(10))
      expect((await failure).name).to.equal('BlockTooLargeError')
      await peer.untilReset()
      expect(seen.fault?.name).to.equal('BlockTooLargeError')
    })

    for (const [what, body, payload] of [
      ['out of order', { offset: 5, total: 1000 }, 10],
      ['past its total', { total: 5 }, 10],
      ['of no bytes', { total: 5 }, 0]
    ] as const) {
      it(`${what} resets the stream`, async () => {
        const { peer, seen, id, failure } = await wanted()
        peer.send('data', { id, ...body }, new Uint8Array(payload))
        expect((await failure).name).to.equal('PeerGoneError')
        expect(seen.fault?.name).to.equal('InvalidMessageError')
      })
    }

    it('whose total changes resets the stream', async () => {
      const { peer, seen, id, failure } = await wanted()
      peer.send('data', { id, total: 20 }, new Uint8Array(10))
      peer.send('data', { id, offset: 10, total: 30 }, new Uint8Array(10))
      await failure
      expect(seen.fault?.name).to.equal('InvalidMessageError')
    })

    it('never asked for, and answers to nothing, reset the stream', async () => {
      for (const answer of [
        (peer: RawPeer) => { peer.send('data', { id: 1, total: 1 }, Uint8Array.of(1)) },
        (peer: RawPeer) => { peer.send('data', { id: 1 }) },
        (peer: RawPeer) => { peer.send('missing', { id: 1 }) },
        (peer: RawPeer) => { peer.send('busy', { id: 1 }) }
      ]) {
        expect(await faultOf(answer)).to.equal('InvalidMessageError')
      }
    })

    it('of a cancelled block is passed over, but no more than was under way', async () => {
      const { peer, seen } = await greeted()
      const abort = new AbortController()
      const failure = failureOf(seen.want({ cid, size: 1000 }, { signal: abort.signal }))
      await peer.until('want')
      abort.abort()
      await failure
      await peer.until('cancel')
      const { id } = peer.of('cancel')[0]!
      peer.send('data', { id, total: 1000 }, new Uint8Array(1000))
      peer.send('ping', { nonce: 9 })
      await eventually(() => peer.of('pong').length === 1, 'the PONG')
      peer.send('data', { id, total: 1000 }, new Uint8Array(1000))
      await peer.untilReset()
      expect(seen.fault?.name).to.equal('InvalidMessageError')
    })

    it('that stops mid-block costs the block only', async () => {
      const { peer, seen } = await greeted()
      const failure = failureOf(seen.want({ cid, size: 1000, deadlineMs: 20 }))
      await peer.until('want')
      peer.send('data', { id: peer.of('want')[0]!.id, total: 1000 }, new Uint8Array(10))
      expect((await failure).name).to.equal('DeadlineError')
      await peer.until('cancel')
      expect(node.exchange.neighbour(badHost.peerId)).to.equal(seen)
    })
  })

  describe('a WANT said again', () => {
    it('means nothing when its block is sent, or was never asked for', async () => {
      const { peer } = await greeted()
      const held = await node.inventory.add(sampleBytes(10))
      const body = { id: 1, cid: held.bytes, size: 10 }
      peer.send('want', { ...body, id: 7, again: true })
      peer.send('want', body)
      await peer.until('data')
      peer.send('want', { ...body, again: true })
      peer.send('ping', { nonce: 9 })
      await eventually(() => peer.of('pong').some(({ nonce }) => nonce === 9), 'the PONG')
      expect(peer.of('data')).to.have.length(1)
    })
  })

  describe('floods', () => {
    it('of INTERESTs end at the bound of channels', async () => {
      let asked = 0
      node.inventory.holdings = () => {
        asked++
        return []
      }
      const fault = await faultOf(peer => {
        for (let channel = 1; channel <= 10_000; channel++) {
          peer.send('interest', { channel, content: cid.bytes })
        }
      })
      expect(fault).to.equal('InvalidMessageError')
      expect(asked).to.be.at.most(MAX_CHANNELS)
    })

    it('of WANTs are answered BUSY past the bound, and read no more than may be sent', async () => {
      node.limits.parallelTransfers = 2
      const gate = Promise.withResolvers<void>()
      node.inventory.gate = gate.promise
      const { peer } = await greeted()
      for (let id = 1; id <= 2000; id++) {
        peer.send('want', { id, cid: cid.bytes, size: 1000 })
      }
      await peer.until('busy', 2000 - MAX_QUEUED_WANTS)
      expect(node.inventory.reads).to.equal(2)
      gate.resolve()
    })

    it('of CANCELs, PONGs, bad CIDs and channels twice open reset the stream', async () => {
      for (const fault of [
        (peer: RawPeer) => { peer.send('cancel', { id: 1 }) },
        (peer: RawPeer) => { peer.send('pong', { nonce: 77 }) },
        (peer: RawPeer) => { peer.send('pong', { nonce: 1, place: Uint8Array.of(1, 2) }) },
        (peer: RawPeer) => { peer.send('want', { id: 1, cid: Uint8Array.of(1, 2) }) },
        (peer: RawPeer) => { peer.send('have', { channel: 1 }) },
        (peer: RawPeer) => {
          peer.send('interest', { channel: 1, content: cid.bytes })
          peer.send('interest', { channel: 1, content: cid.bytes })
        }
      ]) {
        expect(await faultOf(fault)).to.equal('InvalidMessageError')
      }
      const gate = Promise.withResolvers<void>()
      node.inventory.gate = gate.promise
      expect(await faultOf(peer => {
        peer.send('want', { id: 1, cid: cid.bytes })
        peer.send('want', { id: 1, cid: cid.bytes })
      })).to.equal('InvalidMessageError')
      gate.resolve()
    })

    it('of HAVEs come as a few events', async () => {
      const { peer, seen } = await greeted()
      const told = seen.interest(cid)
      await peer.until('interest')
      const { channel } = peer.of('interest')[0]!
      let events = 0
      node.exchange.events.addEventListener('have', () => { events++ })
      const frames = Array.from({ length: 1000 }, (_, block) =>
        encodeMessage('have', { channel, rendition: 'a', held: [block], last: true }).subarray())
      peer.bytes(new Uint8Array(await new Blob(frames as BlobPart[]).arrayBuffer()))
      await told
      await eventually(() => events > 0 && seen.holds(cid, 'a', 999) === 'have', 'the last HAVE')
      expect(events).to.be.lessThan(10)
    })
  })

  describe('silence', () => {
    it('for two PINGs closes the connection', async () => {
      await begin({ pingIntervalMs: 3 })
      const peer = await bad()
      peer.answersPings = false
      peer.hello()
      await peer.untilReset()
      expect(peer.of('ping').length).to.be.within(1, 3)
    })
  })
})
