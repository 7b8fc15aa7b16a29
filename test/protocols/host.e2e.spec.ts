import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { Socket } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { expect } from 'chai'
import { dhtProtocol } from '../../protocols/dht.ts'
import { createHost, type Host, type HostInit } from '../../protocols/host.ts'
import { KEEP_ALIVE_MS, SILENCE_MS } from '../../protocols/tcp.ts'
import { giveBack } from '../../protocols/spent-memory.ts'
import { releaseWebRtc } from './release-webrtc.ts'

describe('protocols/host', () => {
  const hosts: Host[] = []

  async function host (init: Partial<HostInit> = {}): Promise<Host> {
    const made = await createHost({
      privateKey: await generateKeyPair('Ed25519'),
      network: 'test',
      listen: ['/ip4/127.0.0.1/tcp/0'],
      dht: 'off',
      isPrivate: true,
      ...init
    })
    hosts.push(made)
    return made
  }

  afterEach(async () => {
    await Promise.all(hosts.splice(0).map(async made => { await made.stop() }))
  })
  after(releaseWebRtc)

  it('is the peer of the key it was given', async () => {
    const privateKey = await generateKeyPair('Ed25519')
    const { peerId } = await host({ privateKey })
    expect(peerId.publicKey?.equals(privateKey.publicKey)).to.equal(true)
  })

  it('connects over tcp and over webrtc-direct on loopback', async () => {
    const listener = await host({
      listen: ['/ip4/127.0.0.1/tcp/0', '/ip4/127.0.0.1/udp/0/webrtc-direct']
    })
    const addresses = listener.getMultiaddrs()
    expect(addresses).to.have.length(2)
    for (const address of addresses) {
      const connection = await (await host({ listen: [] })).dial(address)
      expect(connection.remotePeer.equals(listener.peerId)).to.equal(true)
    }
  })

  it('does not take a connection on which only muxers ask for a dead one', async () => {
    const { setTimeout: original } = Socket.prototype
    const silences: number[] = []
    Socket.prototype.setTimeout = function (this: Socket, ms, ...args) {
      silences.push(ms)
      return original.call(this, ms, ...args)
    }
    try {
      const listener = await host()
      await (await host({ listen: [] })).dial(listener.getMultiaddrs())
    } finally {
      Socket.prototype.setTimeout = original
    }
    // What dialling gives up after is set, and unset, by the same call.
    expect(silences.filter(ms => ms > 60_000)).to.deep.equal([SILENCE_MS, SILENCE_MS])
    expect(SILENCE_MS).to.be.greaterThan(1.5 * KEEP_ALIVE_MS)
  })

  it('listens on WebSockets where it is asked to, and tells of it', async () => {
    const listen = ['/ip4/127.0.0.1/tcp/0/ws']
    const [listener, dialler] = [await host({ listen }), await host({ listen })]
    const [address] = listener.getMultiaddrs()
    expect(address!.toString()).to.match(/^\/ip4\/127\.0\.0\.1\/tcp\/\d+\/ws\/p2p\//)
    const connection = await dialler.dial(address!)
    expect(connection.remotePeer.equals(listener.peerId)).to.equal(true)
    expect(connection.remoteAddr.toString()).to.contain('/ws')
  })

  it('lends those who read a stream its memory, and takes it back', async () => {
    const [near, far] = [await host({ listen: [] }), await host()]
    const sent = randomBytes(2_000_000)
    const chunks: Uint8Array[] = []
    const read = new Promise<Buffer>(resolve => {
      const whole: Uint8Array[] = []
      let bytes = 0
      void far.handle('/test/1', stream => {
        stream.addEventListener('message', ({ data }) => {
          for (const chunk of data instanceof Uint8Array ? [data] : data) {
            whole.push(chunk.slice())
            bytes += chunk.byteLength
            chunks.push(chunk)
            giveBack(chunk)
          }
          if (bytes === sent.byteLength) resolve(Buffer.concat(whole))
        })
      })
    })
    const stream = await near.dialProtocol(far.getMultiaddrs()[0]!, '/test/1')
    for (let at = 0; at < sent.byteLength; at += 65_408) {
      if (!stream.send(sent.subarray(at, at + 65_408))) await stream.onDrain()
    }
    expect((await read).equals(sent)).to.equal(true)
    expect(sent.byteLength, 'what was sent is the sender’s').to.equal(2_000_000)
    const free = chunks.filter(({ byteLength }) => byteLength === 0)
    expect(free.length).to.be.above(chunks.length / 2)
  })

  it('does not load WebRTC before it listens on it or dials it', () => {
    const script = `
      const { createHost } = await import('${new URL('../../protocols/host.ts', import.meta.url)}')
      const { generateKeyPair } = await import('@libp2p/crypto/keys')
      const host = await createHost({
        privateKey: await generateKeyPair('Ed25519'), network: 'test', dht: 'off',
        listen: ['/ip4/127.0.0.1/tcp/0']
      })
      await host.stop()
      console.log(process.report.getReport().sharedObjects.filter(file => /datachannel/.test(file)))
    `
    const args = ['--input-type=module', '--eval', script]
    expect(execFileSync(process.execPath, args, { encoding: 'utf8' })).to.equal('[]\n')
  })

  it('serves the DHT of its own network only, as the mode says', async () => {
    const server = await host({ dht: 'server' })
    const client = await host({ dht: 'client' })
    const off = await host()
    expect(server.services.dht?.getMode()).to.equal('server')
    expect(server.getProtocols()).to.include(dhtProtocol('test'))
    expect(client.services.dht?.getMode()).to.equal('client')
    expect(client.getProtocols()).to.not.include(dhtProtocol('test'))
    expect(off.services.dht).to.equal(undefined)
    expect(dhtProtocol('a')).to.not.equal(dhtProtocol('b'))
  })

  it('answers a DHT query on a lone node at once', async () => {
    const lone = await host({ dht: 'server' })
    const found: unknown[] = []
    for await (const peer of lone.peerRouting.getClosestPeers(lone.peerId.toMultihash().bytes)) {
      found.push(peer)
    }
    expect(found).to.deep.equal([])
  })

  it('learns of a third node through the DHT', async () => {
    const meeting = await host({ dht: 'server' })
    const [a, b] = [await host({ dht: 'server' }), await host({ dht: 'server' })]
    await a.dial(meeting.getMultiaddrs())
    await b.dial(meeting.getMultiaddrs())
    const signal = AbortSignal.timeout(10_000)
    while (!signal.aborted) {
      const known = await b.peerRouting.findPeer(a.peerId, { signal }).catch(() => undefined)
      if (known != null && known.multiaddrs.length > 0) {
        return
      }
      await setTimeout(20)
    }
    expect.fail('the third node was not found')
  })

  it('does not start before it is told to', async () => {
    const waiting = await host({ start: false })
    expect(waiting.status).to.equal('stopped')
    await waiting.start()
    expect(waiting.status).to.equal('started')
  })
})
