/**
 * libp2p hosts with a distance between them.
 */

import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { generateKeyPair } from '@libp2p/crypto/keys'
import type { Stream } from '@libp2p/interface'
import { expect } from 'chai'
import { createHost, type Host } from '../../protocols/host.ts'
import type { NetworkShape } from '../../testnet/distance.ts'
import { Division } from '../../testnet/division.ts'
import { addressIn } from '../../testnet/regions.ts'
import { ShapedTcp } from '../../testnet/shaped-tcp.ts'
import { Wires } from '../../testnet/wires.ts'

const HERE = addressIn('eu', 60)
const THERE = addressIn('us', 60)
const DELAY_MS = 30
const NEAR_MS = 10

describe('testnet/shaped-tcp', () => {
  const opened: Host[] = []
  afterEach(async () => { await Promise.all(opened.splice(0).map(host => host.stop())) })

  const open = async (
    localAddress: string, more: Partial<NetworkShape> = {},
    its: { wires?: Wires, division?: Division } = {}
  ): Promise<{ host: Host, shaped: ShapedTcp }> => {
    const shape = { delayMs: 0, hasRegions: true, ...more }
    const shaped = new ShapedTcp({ localAddress, shape, ...its })
    const host = await createHost({
      privateKey: await generateKeyPair('Ed25519'),
      network: 'test',
      listen: [`/ip4/${localAddress}/tcp/0`],
      dht: 'off',
      tcp: shaped.transport
    })
    opened.push(host)
    return { host, shaped }
  }

  it('takes round trips to connect, and one for each answer', async () => {
    const [here, there] = [await open(HERE), await open(THERE)]
    const startMs = performance.now()
    await here.host.dial(there.host.getMultiaddrs())
    // To open, and for Noise's handshake.
    expect(performance.now() - startMs).to.be.within(2 * 2 * DELAY_MS - 5, 1500)
    await here.host.services.ping.ping(there.host.peerId)
    const rttMs = await here.host.services.ping.ping(there.host.peerId)
    expect(rttMs).to.be.within(2 * DELAY_MS - 2, 300)
    expect(here.shaped.counts).to.deep.equal({ dialled: 1, accepted: 0 })
    expect(there.shaped.counts).to.deep.equal({ dialled: 0, accepted: 1 })
  })

  it('is sooner back where there is less distance', async () => {
    const [one, other] = [await open(HERE), await open(HERE)]
    await one.host.dial(other.host.getMultiaddrs())
    await one.host.services.ping.ping(other.host.peerId)
    const rttMs = await one.host.services.ping.ping(other.host.peerId)
    expect(rttMs).to.be.within(2 * NEAR_MS - 2, 2 * DELAY_MS - 5)
  })

  it('hands on every byte in order, whatever the jitter, and the end after them', async () => {
    const jitter = { jitterMs: 20 }
    await transfer(await open(HERE, jitter), await open(THERE, jitter), 800_000)
  })

  /** Milliseconds for so many bytes, which come as they were sent. */
  const transfer = async (
    here: { host: Host }, there: { host: Host }, bytes: number
  ): Promise<number> => {
    const received: Uint8Array[] = []
    const ended = Promise.withResolvers<void>()
    await there.host.handle('/test', (stream: Stream) => {
      stream.addEventListener('message', ({ data }) => { received.push(data.subarray()) })
      stream.addEventListener('remoteCloseWrite', () => { ended.resolve() })
    }, { force: true })
    const connection = await here.host.dial(there.host.getMultiaddrs())
    const stream = await connection.newStream('/test')
    const startMs = performance.now()
    const sent = Array.from({ length: bytes / 20_000 }, () => randomBytes(20_000))
    for (const piece of sent) if (!stream.send(piece)) await stream.onDrain()
    await stream.close()
    await ended.promise
    expect(Buffer.concat(received).equals(Buffer.concat(sent))).to.equal(true)
    return performance.now() - startMs
  }

  it('loses segments on the way, and no byte', async () => {
    const lossy = { lossShare: 0.05 }
    const tookMs = await transfer(await open(HERE, lossy), await open(HERE, lossy), 400_000)
    // Of 270 segments some thirteen are lost, which wait 200 ms: none, once in a million runs.
    expect(tookMs).to.be.within(200, 5000)
  })

  it('sends no faster than its wire over all its connections, which is changed while it runs',
    async () => {
      const wires = new Wires({ uploadBytesPerSecond: 1_000_000 })
      const here = await open(HERE, {}, { wires })
      const [one, other] = [await open(HERE), await open(HERE)]
      const both = await Promise.all([transfer(here, one, 200_000), transfer(here, other, 200_000)])
      expect(Math.max(...both)).to.be.within(380, 1500)
      expect(await transfer(one, here, 200_000)).to.be.below(300)
      here.shaped.wires.change({})
      expect(await transfer(here, one, 200_000)).to.be.below(190)
    })

  it('receives no faster than its wire', async () => {
    const wires = new Wires({ downloadBytesPerSecond: 1_000_000 })
    const here = await open(HERE, {}, { wires })
    const there = await open(HERE)
    expect(await transfer(there, here, 400_000)).to.be.within(380, 1500)
    expect(await transfer(here, there, 400_000)).to.be.below(380)
  })

  it('dials in vain whom a firewall keeps from it, until it gives up', async () => {
    const closed = { reach: { pairShare: 0, seed: 1 } }
    const [here, there] = [await open(HERE, closed), await open(THERE, closed)]
    const signal = AbortSignal.timeout(300)
    const startMs = performance.now()
    const refused = await here.host.dial(there.host.getMultiaddrs(), { signal }).catch(() => 'no')
    expect(refused).to.equal('no')
    expect(performance.now() - startMs).to.be.at.least(290)
    expect(there.shaped.counts.accepted).to.equal(0)
  })

  it('lets nothing through between sides that are apart, and all of it later', async () => {
    const division = new Division()
    const [here, there] = [await open(HERE, {}, { division }), await open(THERE, {}, { division })]
    const { ping } = here.host.services
    await here.host.dial(there.host.getMultiaddrs())
    await ping.ping(there.host.peerId)
    division.divide([[HERE], [THERE]])
    const signal = AbortSignal.timeout(300)
    expect(await ping.ping(there.host.peerId, { signal }).catch(() => 'lost')).to.equal('lost')
    const asked = ping.ping(there.host.peerId)
    division.divide([])
    expect(await asked).to.be.at.least(2 * DELAY_MS - 2)
  })

  it('cuts a host off from everybody', async () => {
    const [here, there] = [await open(HERE), await open(THERE)]
    const addresses = there.host.getMultiaddrs()
    await here.host.dial(addresses)
    const lost = once(here.host as unknown as EventTarget, 'peer:disconnect')
    there.shaped.cut()
    await lost
    const signal = AbortSignal.timeout(1000)
    expect(await here.host.dial(addresses, { signal }).catch(() => 'refused')).to.equal('refused')
    const back = here.host.getMultiaddrs()
    expect(await there.host.dial(back, { signal }).catch(() => 'refused')).to.equal('refused')
  })
})
