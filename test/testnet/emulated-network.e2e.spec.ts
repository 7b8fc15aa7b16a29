/**
 * Places in an emulated network, and a server in one of them.
 */

import { once } from 'node:events'
import { createServer } from 'node:http'
import { expect } from 'chai'
import { EmulatedNetwork } from '../../testnet/emulated-network.ts'
import { regionOf } from '../../testnet/regions.ts'

describe('testnet/emulated-network', () => {
  const network = new EmulatedNetwork({ delayMs: 10 })
  before(() => network.start())
  after(() => network.stop())

  it('gives each daemon an address of its own, and keeps it over a restart', async () => {
    const names = ['peer-1', 'peer-2', 'peer-1']
    const places = await Promise.all(names.map(name =>
      network.place({ name, role: 'peer', region: 'here' })))
    const [one, two, again] = places
    expect(one!.address).to.match(/^127\.\d+\.\d+\.\d+$/)
    expect(two!.address).not.to.equal(one!.address)
    expect(again).to.deep.equal(one)
    expect(one!.config.listen).to.deep.equal([`/ip4/${one!.address}/tcp/4480`])
    expect(Object.keys(one!.config)).to.deep.equal(['listen', 'announceAddresses'])
  })

  it('has room for 200 peers and an edge in one region, each at its own address', async () => {
    const crowd = new EmulatedNetwork({ delayMs: 0, isShapedWithin: true })
    await crowd.start()
    try {
      const places = await Promise.all(Array.from({ length: 200 }, (_, i) =>
        crowd.place({ name: `peer-${i + 1}`, role: 'peer', region: 'eu' })))
      const edge = await crowd.place({ name: 'edge-1', role: 'edge', region: 'eu' })
      const addresses = new Set([...places, edge].map(({ address }) => address))
      expect(addresses.size).to.equal(201)
      expect([...addresses].every(address => regionOf(address) === 'eu')).to.equal(true)
    } finally {
      await crowd.stop()
    }
  })

  it('lets nobody know an address of who is behind NAT', async () => {
    const hidden = new EmulatedNetwork({
      delayMs: 0, isShapedWithin: true, reach: { natShare: 1, seed: 1 }
    })
    await hidden.start()
    try {
      const peer = await hidden.place({ name: 'peer-1', role: 'peer', region: 'eu' })
      expect(peer.config).to.deep.equal({ listen: [], reach: 'nat' })
      const origin = await hidden.place({ name: 'origin', role: 'origin', region: 'eu' })
      expect(origin.config).to.include.keys('announceAddresses')
    } finally {
      await hidden.stop()
    }
  })

  it('has an edge reached over the network, by HTTP too', async () => {
    const { config } = await network.place({ name: 'edge-1', role: 'edge', region: 'eu' })
    const { gateway, publicUrl, announceAddresses } = config as {
      gateway: { host: string, port: number }, publicUrl: string, announceAddresses: string[]
    }
    expect(announceAddresses).to.have.lengthOf(1)
    const server = createServer((_request, answer) => { answer.end('here') })
      .listen(gateway.port, gateway.host)
    await once(server, 'listening')
    const startMs = performance.now()
    expect(await (await fetch(publicUrl)).text()).to.equal('here')
    expect(performance.now() - startMs).to.be.within(39, 1000)
    server.closeAllConnections()
    server.close()
  })
})
