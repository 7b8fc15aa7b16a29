/**
 * Whole nodes that measure and gossip, over real sockets.
 */

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'chai'
import { loadConfig } from '../../daemon/config.ts'
import { componentLogger } from '../../daemon/log.ts'
import { createNode, type Node } from '../../daemon/node.ts'
import { type ControlClient, createControlClient } from '../../protocols/control/client.ts'

const SETTINGS = {
  listen: ['/ip4/127.0.0.1/tcp/0'], 'gateway.port': 0, 'control.port': 0, 'log.level': 'silent',
  'store.keepFree': '0', 'store.backend': 'memory', 'dht.enabled': 'off', network: 'routes-e2e',
  // Else all would come to know all.
  'retrieval.neighbours': 0
}

describe('daemon/routing-parts', function () {
  this.timeout(60_000)
  let folder: string
  const nodes: Node[] = []
  before(async () => { folder = await mkdtemp(join(tmpdir(), 'cdnd-routes-')) })
  after(() => rm(folder, { recursive: true, force: true }))
  afterEach(async () => { await Promise.all(nodes.splice(0).map(node => node.stop())) })

  /** A row of nodes, each a neighbour of the next. */
  async function row (count: number, settings: Record<string, unknown> = {}): Promise<Node[]> {
    for (let number = 0; number < count; number++) {
      const { config } = loadConfig({
        env: {}, flags: { ...SETTINGS, data: join(folder, String(number)), ...settings }
      })
      const node = await createNode({
        config, logger: componentLogger(config.log), onShutdown: () => {}
      })
      await node.start()
      const before = nodes.at(-1)
      nodes.push(node)
      if (before != null) {
        await node.parts.exchange.connect(before.host.peerId, before.host.getMultiaddrs())
      }
    }
    return nodes
  }

  const idOf = ({ host }: Node): string => host.peerId.toString()
  const controlOf = (number: number): Promise<ControlClient> =>
    createControlClient({ data: join(folder, String(number)) })

  it('finds the way to a node that it never met, and guesses how far it is', async () => {
    const [, second, last] = await row(3)
    const control = await controlOf(0)
    const found = async () => (await control.routes()).find(({ peer }) => peer === idOf(last!))
    while ((await found())?.nextHop == null) await sleep(500)
    const route = await found()
    expect(route).to.include({ nextHop: idOf(second!), hops: 2, role: 'peer', region: 'default' })
    expect(route?.measuredMs).to.equal(undefined)
    expect(route?.estimatedMs).to.be.within(0, 200)
    const metrics = await (await fetch(`${nodes[0]!.gateway.url()}/metrics`)).text()
    expect(metrics).to.match(/^cdnd_routing_records 2$/m)
    expect(metrics).to.match(/^cdnd_gossip_records_total\{result="taken"\} [1-9]/m)
    expect(metrics).to.match(/^cdnd_gossip_bytes_total\{direction="received"\} [1-9]/m)
  })

  it('knows its neighbours only where gossip is off', async () => {
    const [first, second] = await row(2, { 'routing.gossip': 'off' })
    expect(first!.host.services.pubsub).to.equal(undefined)
    const control = await controlOf(0)
    while ((await control.routes()).length === 0) await sleep(200)
    expect((await control.routes()).map(({ peer, hops }) => ({ peer, hops })))
      .to.deep.equal([{ peer: idOf(second!), hops: 1 }])
  })
})
