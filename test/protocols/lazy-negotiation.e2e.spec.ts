import { connect, createServer, type Server, type Socket } from 'node:net'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { lpStream } from '@libp2p/utils'
import { type Multiaddr, multiaddr } from '@multiformats/multiaddr'
import { expect } from 'chai'
import { createHost, type Host } from '../../protocols/host.ts'
import { libp2pTransport, TRACKER_PROTOCOL } from '../../protocols/tracker/index.ts'
import { decodeQuestion } from '../../protocols/tracker/message.ts'
import { sampleNode } from './exchange/sample-node.ts'

describe('protocols/lazy-negotiation between hosts', () => {
  const hosts: Host[] = []
  let near: Host
  let far: Host
  let proxy: Server
  /** To `far`, over the proxy. */
  let address: Multiaddr
  let waysBack: Socket[]
  let isShut: boolean
  /** By `near`, on each connection. */
  let said: Buffer[][]

  const host = async (listen: string[]): Promise<Host> => {
    const privateKey = await generateKeyPair('Ed25519')
    const made = await createHost({ privateKey, network: 'test', listen, dht: 'off' })
    hosts.push(made)
    return made
  }

  beforeEach(async () => {
    [near, far] = [await host([]), await host(['/ip4/127.0.0.1/tcp/0'])]
    waysBack = []
    isShut = false
    said = []
    const port = Number(far.getMultiaddrs()[0]!.getComponents()
      .find(({ name }) => name === 'tcp')!.value)
    proxy = createServer(inner => {
      const outer = connect(port, '127.0.0.1')
      waysBack.push(outer)
      const here: Buffer[] = []
      said.push(here)
      inner.on('data', bytes => { here.push(bytes) })
      inner.pipe(outer)
      if (!isShut) outer.pipe(inner)
      for (const socket of [inner, outer]) socket.on('error', () => {})
    })
    await new Promise<void>(resolve => { proxy.listen(0, '127.0.0.1', resolve) })
    const listening = proxy.address() as { port: number }
    address = multiaddr(`/ip4/127.0.0.1/tcp/${listening.port}/p2p/${far.peerId}`)
    await near.dial(address)
  })
  afterEach(async () => {
    await Promise.all(hosts.splice(0).map(async made => { await made.stop() }))
    await new Promise(resolve => { proxy.close(resolve) })
  })

  /** From now on nothing that `far` says arrives. */
  function shut (): void {
    isShut = true
    for (const outer of waysBack) outer.unpipe().pause()
  }

  it('begins to encrypt before that has said anything', async () => {
    await near.hangUp(far.peerId)
    shut()
    const over = new AbortController()
    const dialled = near.dial(address, { signal: over.signal }).catch((err: Error) => err)
    const key = 32
    const proposal = '\x13/multistream/1.0.0\n\x07/noise\n'
    let bytes: Buffer
    do {
      await new Promise(resolve => setTimeout(resolve, 5))
      bytes = Buffer.concat(said[1] ?? [])
    } while (bytes.byteLength < proposal.length + 2 + key)
    expect(bytes.subarray(0, proposal.length).toString()).to.equal(proposal)
    expect(bytes.readUInt16BE(proposal.length)).to.equal(key)
    over.abort()
    expect(await dialled).to.have.property('name', 'AbortError')
  })

  it('asks a tracker before that has said anything', async () => {
    const asked = Promise.withResolvers<unknown>()
    await far.handle(TRACKER_PROTOCOL, async stream => {
      asked.resolve(decodeQuestion((await lpStream(stream).read()).subarray()))
    })
    shut()
    const over = new AbortController()
    const answer = libp2pTransport(near, [address])(
      { type: 'sources' }, { signal: over.signal }
    ).catch((err: Error) => err)
    expect(await asked.promise).to.deep.equal({ type: 'sources' })
    over.abort()
    expect(await answer).to.have.property('name', 'AbortError')
  })

  it('greets a neighbour before that has said anything', async () => {
    const [ours, theirs] = [sampleNode(near), sampleNode(far)]
    await Promise.all([ours, theirs].map(async ({ exchange }) => { await exchange.start() }))
    shut()
    const greeted = new Promise(resolve => {
      theirs.exchange.events.addEventListener('open', resolve, { once: true })
    })
    const connecting = ours.exchange.connect(far.peerId, [address]).catch((err: Error) => err)
    await greeted
    await Promise.all([ours, theirs].map(async ({ exchange }) => { await exchange.stop() }))
    expect(await connecting).to.be.an('error')
  })
})
