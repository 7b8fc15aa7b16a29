/**
 * Real hosts that listen on webrtc-direct, on ports that are taken and free.
 */

import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import type { Libp2p } from '@libp2p/interface'
import { noise } from '@libp2p/noise'
import { expect } from 'chai'
import { createLibp2p } from 'libp2p'
import { listeningWebRtc, type PortProbe } from '../../protocols/listening-webrtc.ts'
import { releaseWebRtc } from './release-webrtc.ts'

describe('protocols/listening-webrtc', () => {
  const stops: Array<() => unknown> = []

  afterEach(async () => {
    await Promise.all(stops.splice(0).map(async stop => { await stop() }))
  })
  after(releaseWebRtc)

  /** Also a host that cannot start is stopped in the end. */
  async function host (port: number, probe?: PortProbe): Promise<Libp2p> {
    const made = await createLibp2p({
      addresses: { listen: [`/ip4/127.0.0.1/udp/${port}/webrtc-direct`] },
      transports: [listeningWebRtc(probe == null ? {} : { probe })],
      connectionEncrypters: [noise()],
      connectionGater: { denyDialMultiaddr: () => false },
      start: false
    })
    stops.push(() => made.stop())
    return made
  }

  async function taken (): Promise<number> {
    const socket = await bound()
    stops.push(() => socket.close())
    return socket.address().port
  }

  const isConnected = async (one: Libp2p, other: Libp2p): Promise<boolean> =>
    (await one.dial(other.getMultiaddrs())).remotePeer.equals(other.peerId)

  it('listens on a port that is free, and is met there', async () => {
    const [one, other] = [await host(0), await host(0)]
    await Promise.all([one.start(), other.start()])
    expect(one.getMultiaddrs()).to.have.length(1)
    expect(String(one.getMultiaddrs())).not.to.match(/udp\/0\//)
    expect(await isConnected(one, other)).to.equal(true)
  })

  it('takes another port where one was taken just before it', async () => {
    const ports = [await taken(), await taken()]
    const asked: unknown[] = []
    const one = await host(0, async (at, port) => {
      asked.push([at, port])
      return ports.shift() ?? await free()
    })
    await one.start()
    expect(asked).to.deep.equal(Array(3).fill(['127.0.0.1', 0]))
    const other = await host(0)
    await other.start()
    expect(await isConnected(other, one)).to.equal(true)
    await one.stop()
    expect(one.getMultiaddrs()).to.deep.equal([])
  })

  const failureOf = async (one: Libp2p): Promise<string> => {
    const err = await Promise.resolve(one.start()).catch((err: Error) => err)
    expect(one.status).to.equal('stopped')
    return String(err)
  }

  it('says that a port is taken, and stops', async () => {
    const port = await taken()
    expect(await failureOf(await host(port))).to.contain(`EADDRINUSE 127.0.0.1:${port}`)
  })

  it('gives up where one after the other is taken, and stops', async () => {
    const hopeless = await host(0, taken)
    expect(await failureOf(hopeless)).to.contain('ICE UDP mux')
  })
})

async function free (): Promise<number> {
  const socket = await bound()
  const { port } = socket.address()
  socket.close()
  return port
}

async function bound (): Promise<Socket> {
  const socket = createSocket('udp4')
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  return socket
}
