/**
 * The emulated network with real sockets: servers behind it, clients before it.
 */

import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'chai'
import { LinkProxy, type SocketAddress } from '../../testnet/link-proxy.ts'
import { addressIn } from '../../testnet/regions.ts'
import type { HostShape } from '../../testnet/wires.ts'

// In no region.
const NEAR = '127.7.0.1'
const FAR = '127.77.0.2'
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

describe('testnet/link-proxy', () => {
  const servers: Server[] = []
  const proxies: LinkProxy[] = []
  afterEach(async () => {
    for (const server of servers.splice(0)) server.close()
    await Promise.all(proxies.splice(0).map(proxy => proxy.stop()))
  })

  const serve = async (onSocket: (socket: Socket) => void): Promise<SocketAddress> => {
    const server = createServer({ allowHalfOpen: true }, socket => {
      socket.on('error', () => {})
      onSocket(socket)
    })
    servers.push(server.listen(0, FAR))
    await once(server, 'listening')
    return { host: FAR, port: (server.address() as AddressInfo).port }
  }
  const proxied = async (
    onSocket: (socket: Socket) => void, delayMs: number,
    hosts: { near?: HostShape, far?: HostShape } = {}
  ): Promise<() => Promise<Socket>> => {
    const proxy = new LinkProxy({ delayMs })
    proxies.push(proxy)
    proxy.addHost(NEAR, hosts.near ?? {})
    proxy.addHost(FAR, hosts.far ?? {})
    const address = await proxy.forward(await serve(onSocket))
    return async () => {
      const socket = connect({ ...address, localAddress: NEAR, allowHalfOpen: true })
      await once(socket, 'connect')
      return socket
    }
  }
  const echo = (socket: Socket): void => { socket.pipe(socket) }
  const roundTripMs = async (socket: Socket): Promise<number> => {
    const startMs = performance.now()
    socket.write('ping')
    await once(socket, 'data')
    return performance.now() - startMs
  }

  it('takes a round trip to connect and one for each answer', async () => {
    const dial = await proxied(echo, 20)
    const socket = await dial()
    expect(await roundTripMs(socket)).to.be.within(79, 400)
    expect(await roundTripMs(socket)).to.be.within(39, 200)
    socket.destroy()
  })

  it('is as far as the regions of the two hosts are', async () => {
    const target = { host: addressIn('us', 61), port: 0 }
    const server = createServer(echo).listen(0, target.host)
    servers.push(server)
    await once(server, 'listening')
    target.port = (server.address() as AddressInfo).port
    const proxy = new LinkProxy({ delayMs: 1, hasRegions: true })
    proxies.push(proxy)
    const forwarded = await proxy.forward(target)
    for (const [localAddress, rttMs] of [[addressIn('eu', 61), 60], [NEAR, 2]] as const) {
      const socket = connect({ ...forwarded, localAddress })
      await roundTripMs(socket)
      expect(await roundTripMs(socket)).to.be.within(rttMs - 1, rttMs + 57)
      socket.destroy()
    }
  })

  it('hands on every byte in order, and the end of each direction by itself', async () => {
    const dial = await proxied(socket => {
      // It answers only once it was sent everything.
      void buffer(socket).then(bytes => { socket.end(bytes) })
    }, 5)
    const sent = randomBytes(3_000_000)
    const sockets = await Promise.all(Array.from({ length: 20 }, dial))
    const received = await Promise.all(sockets.map(async socket => {
      socket.end(sent)
      return sha256(await buffer(socket))
    }))
    expect(new Set(received)).to.deep.equal(new Set([sha256(sent)]))
  })

  const slowly = async (near: HostShape, far: HostShape): Promise<number> => {
    const dial = await proxied(socket => { socket.end(randomBytes(100_000)) }, 1, { near, far })
    const startMs = performance.now()
    // Two share the wire.
    await Promise.all((await Promise.all([dial(), dial()])).map(async socket => {
      expect((await buffer(socket)).byteLength).to.equal(100_000)
      socket.destroy()
    }))
    return performance.now() - startMs
  }

  it('sends no faster than the sender may, over all its connections', async () => {
    expect(await slowly({}, { uploadBytesPerSecond: 1_000_000 })).to.be.within(195, 1000)
  })

  it('receives no faster than the receiver may, over all its connections', async () => {
    expect(await slowly({ downloadBytesPerSecond: 1_000_000 }, {})).to.be.within(195, 1000)
  })

  it('leaves the other direction alone', async () => {
    const wires = { uploadBytesPerSecond: 10_000 }
    expect(await slowly(wires, { downloadBytesPerSecond: 10_000 })).to.be.lessThan(5000)
  })

  it('holds back a sender whose receiver does not read', async () => {
    let sentBytes = 0
    const full = Promise.withResolvers<void>()
    const dial = await proxied(socket => {
      const chunk = randomBytes(1024 * 1024)
      const write = (): void => {
        while (sentBytes < 200e6 && socket.write(chunk)) sentBytes += chunk.byteLength
      }
      socket.on('drain', write)
      write()
      // The kernel's buffers and the proxy's are full when nothing drained for a while.
      let seen = -1
      const timer = setInterval(() => {
        if (sentBytes === seen) full.resolve()
        seen = sentBytes
      }, 50)
      socket.on('close', () => { clearInterval(timer) })
    }, 1)
    const socket = await dial()
    socket.pause()
    await full.promise
    expect(sentBytes).to.be.lessThan(40e6)
    socket.destroy()
  })

  it('resets the other end where one is reset', async () => {
    const reset = Promise.withResolvers<string | undefined>()
    const dial = await proxied(socket => {
      socket.on('error', (err: NodeJS.ErrnoException) => { reset.resolve(err.code) })
      echo(socket)
    }, 5)
    const socket = await dial()
    await roundTripMs(socket)
    socket.resetAndDestroy()
    expect(await reset.promise).to.equal('ECONNRESET')
  })

  it('lets nobody through to a host behind NAT', async () => {
    const target = { host: addressIn('us', 61), port: 1 }
    const reach = { natShare: 1, seed: 1 }
    const proxy = new LinkProxy({ delayMs: 1, reach })
    proxies.push(proxy)
    const socket = connect({ ...await proxy.forward(target), localAddress: addressIn('eu', 61) })
    socket.write('hello')
    const heard = once(socket, 'data').then(() => true, () => true)
    expect(await Promise.race([heard, sleep(100, false)])).to.equal(false)
    socket.destroy()
  })

  it('keeps what is on its way between sides that are apart', async () => {
    const proxy = new LinkProxy({ delayMs: 1 })
    proxies.push(proxy)
    const socket = connect({ ...await proxy.forward(await serve(echo)), localAddress: NEAR })
    await roundTripMs(socket)
    proxy.divide([[NEAR], [FAR]])
    const backMs = roundTripMs(socket)
    expect(await Promise.race([backMs, sleep(100, 'nothing')])).to.equal('nothing')
    proxy.divide([])
    expect(await backMs).to.be.at.least(100)
    socket.destroy()
  })

  it('sends more slowly once a host has thinner wires', async () => {
    const proxy = new LinkProxy({ delayMs: 0 })
    proxies.push(proxy)
    proxy.addHost(FAR, {})
    const address = await proxy.forward(await serve(socket => { socket.end(randomBytes(100_000)) }))
    const takesMs = async (): Promise<number> => {
      const startMs = performance.now()
      await buffer(connect({ ...address, localAddress: NEAR }))
      return performance.now() - startMs
    }
    expect(await takesMs()).to.be.below(95)
    proxy.addHost(FAR, { uploadBytesPerSecond: 1_000_000 })
    expect(await takesMs()).to.be.within(95, 800)
  })

  it('resets who connects where nobody listens', async () => {
    const proxy = new LinkProxy({ delayMs: 1 })
    proxies.push(proxy)
    const socket = connect(await proxy.forward({ host: FAR, port: 1 }))
    const [err] = await once(socket, 'error') as [NodeJS.ErrnoException]
    expect(err.code).to.equal('ECONNRESET')
  })
})
