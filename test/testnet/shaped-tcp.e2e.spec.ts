/**
 * libp2p hosts with a distance between them.
 */

import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { generateKeyPair } from '@libp2p/crypto/keys'
import type { Stream } from '@libp2p/interface'
import { expect } from 'chai'
import { createHost, type Host } from '../../protocols/host.ts'
import { ShapedTcp } from '../../testnet/shaped-tcp.ts'

const HERE = '127.78.0.1'
const THERE = '127.78.0.2'
const DELAY_MS = 25

describe('testnet/shaped-tcp', () => {
  const opened: Host[] = []
  afterEach(async () => { await Promise.all(opened.splice(0).map(host => host.stop())) })

  const open = async (
    localAddress: string, more: { jitter?: number } = {}
  ): Promise<{ host: Host, shaped: ShapedTcp }> => {
    const delayMs = (from: string, to: string) => from === to ? undefined : DELAY_MS
    const shaped = new ShapedTcp({ localAddress, delayMs, ...more })
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

  it('is at once where there is no distance', async () => {
    const [one, other] = [await open(HERE), await open(HERE)]
    await one.host.dial(other.host.getMultiaddrs())
    await one.host.services.ping.ping(other.host.peerId)
    expect(await one.host.services.ping.ping(other.host.peerId)).to.be.below(2 * DELAY_MS - 5)
  })

  it('hands on every byte in order, whatever the jitter, and the end after them', async () => {
    const [here, there] = [await open(HERE, { jitter: 1 }), await open(THERE, { jitter: 1 })]
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
