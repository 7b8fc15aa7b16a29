import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { generateKeyPair } from '@libp2p/crypto/keys'
import type { Stream } from '@libp2p/interface'
import { expect } from 'chai'
import { CID } from 'multiformats/cid'
import { cidOf } from '../../../protocols/cid.ts'
import {
  EXCHANGE_PROTOCOL, type ExchangeInit, type Neighbour
} from '../../../protocols/exchange/index.ts'
import { createHost, type Host } from '../../../protocols/host.ts'
import { sha256 } from '../../../protocols/sha256.ts'
import { releaseWebRtc } from '../release-webrtc.ts'
import { RawPeer } from './raw-peer.ts'
import { eventually, failureOf, type SampleNode, sampleBytes, sampleNode } from './sample-node.ts'

const LISTEN = {
  tcp: '/ip4/127.0.0.1/tcp/0',
  'webrtc-direct': '/ip4/127.0.0.1/udp/0/webrtc-direct'
}
const absent = CID.parse('bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku')
const MEGABYTE = 1_048_576
/** At most sent to a peer that does not read: libp2p buffers 4 MiB at its end, sockets more. */
const IN_TRANSIT_BYTES = 8 * MEGABYTE

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

/** Buffers are freed a while after what held them is. */
async function eventuallyFreed (kind: 'arrayBuffers' | 'heapUsed', bound: number): Promise<void> {
  await eventually(() => {
    collectGarbage()
    return process.memoryUsage()[kind] < bound
  }, `${kind} under ${bound}`, 5000)
}

for (const [transport, listen] of Object.entries(LISTEN)) {
  describe(`protocols/exchange over ${transport}`, () => {
    const stops: Array<() => Promise<void>> = []

    afterEach(async () => {
      await Promise.all(stops.splice(0).reverse().map(async stop => { await stop() }))
    })
    if (transport === 'webrtc-direct') after(releaseWebRtc)

    async function host (): Promise<Host> {
      const made = await createHost({
        privateKey: await generateKeyPair('Ed25519'),
        network: 'test', listen: [listen], dht: 'off', isPrivate: true
      })
      stops.push(async () => { await made.stop() })
      return made
    }

    async function node (init: Partial<ExchangeInit> = {}): Promise<SampleNode<Host>> {
      const made = sampleNode(await host(), init)
      await made.exchange.start()
      stops.push(async () => { await made.exchange.stop() })
      return made
    }

    async function pair (
      init: Partial<ExchangeInit> = {}
    ): Promise<{ a: SampleNode<Host>, b: SampleNode<Host>, toB: Neighbour }> {
      const [a, b] = [await node(init), await node(init)]
      return { a, b, toB: await a.exchange.connect(b.host.peerId, b.host.getMultiaddrs()) }
    }

    const add = async (to: SampleNode<Host>, count: number, size: number): Promise<CID[]> =>
      await Promise.all(Array.from({ length: count }, (_, seed) =>
        to.inventory.add(sampleBytes(size, seed))))

    /** A peer that breaks rules on a real stream to `to`. */
    async function bad (
      to: SampleNode<Host>
    ): Promise<{ peer: RawPeer, stream: Stream, seen: () => Neighbour | undefined }> {
      const from = await host()
      const stream = await from.dialProtocol(to.host.getMultiaddrs(), EXCHANGE_PROTOCOL)
      const peer = new RawPeer(stream)
      return { peer, stream, seen: () => to.exchange.neighbour(from.peerId) }
    }

    it('fetches blocks that hash to their CIDs, eight in flight', async () => {
      const { b, toB } = await pair()
      const cids = await add(b, 40, 160_000)
      const left = [...cids]
      await Promise.all(Array.from({ length: 8 }, async () => {
        for (let cid = left.pop(); cid != null; cid = left.pop()) {
          const bytes = await toB.want({ cid, size: 160_000 })
          expect((await cidOf(bytes!, sha256)).equals(cid)).to.equal(true)
        }
      }))
      expect(toB.rateBytesPerSecond).to.be.greaterThan(0)
      await eventually(() => toB.rttMs != null, 'an RTT')
    })

    it('serves both ends at once', async () => {
      const { a, b, toB } = await pair()
      const [cid] = await add(a, 1, MEGABYTE)
      await add(b, 1, MEGABYTE)
      await eventually(() => b.exchange.neighbour(a.host.peerId) != null, 'a at b')
      const toA = b.exchange.neighbour(a.host.peerId)!
      const got = await Promise.all([toA, toB].map(to => to.want({ cid: cid!, size: MEGABYTE })))
      expect(got.map(bytes => bytes?.byteLength)).to.deep.equal([MEGABYTE, MEGABYTE])
    })

    it('says what is missing and when it is busy', async () => {
      const { b, toB } = await pair()
      expect(await toB.want({ cid: absent, size: 10 })).to.equal(undefined)
      b.limits.parallelTransfers = 0
      expect((await failureOf(toB.want({ cid: absent, size: 10 }))).name).to.equal('PeerBusyError')
    })

    it('stops sending what was cancelled', async () => {
      const { b, toB } = await pair()
      const cids = await add(b, 32, MEGABYTE)
      const abort = new AbortController()
      const { signal } = abort
      const all = Promise.allSettled(cids.map(cid => toB.want({ cid, size: MEGABYTE }, { signal })))
      await eventually(() => toB.receivedBytes > 100_000, 'the first bytes', 5000)
      abort.abort()
      await all
      const small = await b.inventory.add(sampleBytes(10))
      expect(await toB.want({ cid: small, size: 10 })).to.have.length(10)
      expect(toB.receivedBytes).to.be.lessThan(20 * MEGABYTE)
    })

    it('lets an urgent block overtake what is queued', async () => {
      const { b, toB } = await pair()
      b.limits.uploadBytesPerSecond = 4_000_000
      const cids = await add(b, 9, MEGABYTE / 2)
      const done: number[] = []
      await Promise.all(cids.map(async (cid, index) => {
        await toB.want({ cid, size: MEGABYTE, priority: index === 8 ? 'urgent' : 'prefetch' })
        done.push(index)
      }))
      expect(done.indexOf(8)).to.be.lessThan(3)
    })

    it('knows at once that a neighbour has gone', async () => {
      const { b, toB } = await pair()
      b.inventory.gate = new Promise(() => {})
      const failure = failureOf(toB.want({ cid: absent, size: 10 }))
      await b.host.stop()
      expect((await failure).name).to.equal('PeerGoneError')
    })

    it('refuses garbage on a stream, and lives on', async () => {
      const { b, toB } = await pair({ helloTimeoutMs: 300 })
      for (const seed of [1, 2, 3]) {
        const { stream } = await bad(b)
        stream.send(sampleBytes(10_000, seed))
        await eventually(() => stream.status !== 'open', 'the reset', 5000)
      }
      expect(await toB.want({ cid: absent, size: 10 })).to.equal(undefined)
    })

    it('gives up a stream without HELLO', async () => {
      const { b } = await pair({ helloTimeoutMs: 50 })
      const { stream } = await bad(b)
      await eventually(() => stream.status !== 'open', 'the reset', 5000)
    })

    it('holds little for a peer that asks for much and reads nothing, and ends it', async () => {
      const b = await node({ pingIntervalMs: 200 })
      const cid = await b.inventory.add(sampleBytes(MEGABYTE))
      const { peer, seen } = await bad(b)
      peer.hello()
      await eventually(() => seen() != null, 'the neighbour')
      const neighbour = seen()!
      peer.stream.pause()
      collectGarbage()
      const before = process.memoryUsage().arrayBuffers
      for (let id = 1; id <= 100; id++) {
        peer.send('want', { id, cid: cid.bytes, size: MEGABYTE })
      }
      await eventually(() => seen() == null, 'the end', 10_000)
      expect(neighbour.sentBytes).to.be.lessThan(IN_TRANSIT_BYTES)
      await eventuallyFreed('arrayBuffers', before + 2 * IN_TRANSIT_BYTES)
    })

    it('holds little for 100,000 WANTs whose answers are not read', async () => {
      const b = await node({ pingIntervalMs: 150 })
      b.inventory.gate = new Promise(() => {})
      const { peer, seen } = await bad(b)
      peer.hello()
      await eventually(() => seen() != null, 'the neighbour')
      const neighbour = seen()!
      peer.stream.pause()
      collectGarbage()
      const before = process.memoryUsage().heapUsed
      for (let id = 1; id <= 100_000 && !peer.isReset; id++) {
        peer.send('want', { id, cid: absent.bytes, size: MEGABYTE })
        if (id % 500 === 0) {
          await new Promise(resolve => { setImmediate(resolve) })
        }
      }
      await eventually(() => seen() == null, 'the end', 10_000)
      expect(neighbour.sentBytes).to.be.lessThan(IN_TRANSIT_BYTES)
      await eventuallyFreed('heapUsed', before + 30 * MEGABYTE)
    })

    it('remembers little of what a flood of HAVEs tells', async () => {
      const b = await node()
      const { peer, seen } = await bad(b)
      peer.hello()
      await eventually(() => seen() != null, 'the neighbour')
      const told = seen()!.interest(absent)
      await peer.until('interest')
      const channel = peer.of('interest')[0]!.channel
      collectGarbage()
      const before = process.memoryUsage().arrayBuffers
      const bitfield = new Uint8Array(32_768).fill(0xff)
      for (let index = 0; index < 400; index++) {
        const rendition = `r${index % 32}`
        const held = Array.from({ length: 1024 }, (_, block) =>
          Math.imul(block, 3_000_017 * index) >>> 0)
        peer.send('have', { channel, rendition, base: index * 10_000_000, bitfield })
        peer.send('have', { channel, rendition, held })
        if (peer.stream.writableNeedsDrain) {
          await peer.stream.onDrain()
        }
      }
      peer.send('have', { channel, last: true })
      await told
      expect(seen()!.holds(absent, 'r0', 7)).to.equal('have')
      await eventuallyFreed('arrayBuffers', before + 8 * MEGABYTE)
    })
  })
}
