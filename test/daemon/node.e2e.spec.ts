/**
 * Whole nodes in this process, over real sockets and folders.
 */

import { createServer } from 'node:http'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { loadConfig } from '../../daemon/config.ts'
import { componentLogger } from '../../daemon/log.ts'
import { createNode, type Node } from '../../daemon/node.ts'
import { createControlClient } from '../../protocols/control/client.ts'
import { refusal } from '../protocols/tracker/nodes.ts'

describe('daemon/node', () => {
  let folder: string
  before(async () => { folder = await mkdtemp(join(tmpdir(), 'cdnd-node-')) })
  after(() => rm(folder, { recursive: true, force: true }))

  const make = async (
    name: string, settings: Record<string, unknown> = {}, onShutdown = () => {}
  ): Promise<Node> => {
    const { config } = loadConfig({
      env: {},
      flags: {
        data: join(folder, name), listen: ['/ip4/127.0.0.1/tcp/0'], 'gateway.port': 0,
        'control.port': 0, 'log.level': 'silent', 'store.keepFree': '0', ...settings
      }
    })
    return await createNode({ config, logger: componentLogger(config.log), onShutdown })
  }
  const health = async (node: Node): Promise<Record<string, unknown>> =>
    await (await fetch(`${node.gateway.url()}/health`)).json() as Record<string, unknown>

  for (const role of ['peer', 'edge', 'origin'] as const) {
    it(`runs as ${role}: answers at its gateway, and its control API knows it`, async () => {
      const node = await make(role, { role, 'gateway.host': '127.0.0.1' })
      await node.start()
      expect(await health(node)).to.include({ status: 'ok', role })
      const control = await createControlClient({ data: join(folder, role) })
      expect(await control.status()).to.include({ role, gateway: node.gateway.url(), titles: 0 })
      await node.stop()
      expect(await refusal(fetch(`${control.gateway}/health`))).to.equal('TypeError')
    })
  }

  it('starts again on its folder as the same peer', async () => {
    const ids: string[] = []
    for (let i = 0; i < 2; i++) {
      const node = await make('again')
      await node.start()
      ids.push(String(node.host.peerId))
      await node.stop()
      await node.stop()
    }
    expect(ids[0]).to.equal(ids[1])
  })

  it('refuses a second node on one folder, and lets go of it at its end', async () => {
    const node = await make('one')
    await node.start()
    expect(await refusal(make('one'))).to.equal('StoreLockedError')
    await node.stop()
    const next = await make('one')
    await next.start()
    await next.stop()
  })

  it('stops what it had started when a part cannot start', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const { port } = other.address() as AddressInfo
    // The control API comes last: by then all else runs.
    const node = await make('taken', { 'control.port': port })
    expect(await refusal(node.start())).to.equal('AddressInUseError')
    expect(node.host.status).to.equal('stopped')
    other.close()
    const next = await make('taken', { 'control.port': port })
    await next.start()
    await next.stop()
  })

  it('goes no further when it is told to stop while it starts', async () => {
    const node = await make('aborted')
    const ends = new AbortController()
    ends.abort(new Error('ctrl-c'))
    const err = await node.start({ signal: ends.signal }).catch((err: Error) => err.message)
    expect([err, node.host.status]).to.deep.equal(['ctrl-c', 'stopped'])
  })

  it('passes on that a user wants it to stop', async () => {
    const asked = Promise.withResolvers<void>()
    const node = await make('shutdown', {}, asked.resolve)
    await node.start()
    await (await createControlClient({ data: join(folder, 'shutdown') })).shutdown()
    await asked.promise
    await node.stop()
  })
})
