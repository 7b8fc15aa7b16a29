/**
 * libp2p hosts with a distance between them.
 */

import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { generateKeyPair } from '@libp2p/crypto/keys'
import type { Stream } from '@libp2p/interface'
import { expect } from 'chai'
import { createHost, type Host } from '../../protocols/host.ts'
import { addressIn } from '../../testnet/regions.ts'
import { ShapedTcp } from '../../testnet/shaped-tcp.ts'

const HERE = addressIn('eu', 60)
const THERE = addressIn('us', 60)
const DELAY_MS = 30
const NEAR_MS = 10

describe('testnet/shaped-tcp', () => {
  const opened: Host[] = []
  afterEach(async () => { await Promise.all(opened.splice(0).map(host => host.stop())) })

  const open = async (
    localAddress: string, jitterMs = 0
  ): Promise<{ host: Host, shaped: ShapedTcp }> => {
    const shape = { delayMs: 0, hasRegions: true, jitterMs }
    const shaped = new ShapedTcp({ localAddress, shape })
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
    // To open, to agree on Noise, and for its handshake.
    expect(performance.now() - startMs).to.be.within(3 * 2 * DELAY_MS - 5, 1500)
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
    const [here, there] = [await open(HERE, 20), await open(THERE, 20)]
    const received: Uint8Array[] = []
    const ended = Promise.withResolvers<void>()
    await there.host.handle('/test', (stream: Stream) => {
      stream.addEventListener('message', ({ data }) => { received.push(data.subarray()) })
      stream.addEventListener('remoteCloseWrite', () => { ended.resolve() })
    })
    const connection = await here.host.dial(there.host.getMultiaddrs())
    const stream = await connection.newStream('/test')
    const sent = Array.from({ length: 40 }, () => randomBytes(20_000))
    for (const bytes of sent) if (!stream.send(bytes)) await stream.onDrain()
    await stream.close()
    await ended.promise
    expect(Buffer.concat(received).equals(Buffer.concat(sent))).to.equal(true)
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
