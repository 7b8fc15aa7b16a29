/**
 * Places in an emulated network, and a server in one of them.
 */

import { once } from 'node:events'
import { createServer } from 'node:http'
import { expect } from 'chai'
import { EmulatedNetwork } from '../../testnet/emulated-network.ts'

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
