import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'chai'
import { SendQueue, TABLES } from '../../../daemon/http/send-queue.ts'

const BYTES = 3 * 1024 * 1024

describe('daemon/http/send-queue', () => {
  let server: Server
  afterEach(() => { server.close() })

  /** Both ends of a connection over which much was written that nobody reads. */
  async function stuffed (host: string, via = host): Promise<{ near: Socket, far: Socket }> {
    server = createServer()
    server.listen(0, host)
    await once(server, 'listening')
    const far = connect((server.address() as AddressInfo).port, via).pause()
    const [near] = await once(server, 'connection') as [Socket]
    near.on('error', () => {})
    await new Promise<void>(resolve => { near.write(Buffer.alloc(BYTES), () => { resolve() }) })
    return { near, far }
  }

  for (const [host, via] of [['127.0.0.1', '127.0.0.1'], ['::', '127.0.0.1'], ['::1', '::1']]) {
    it(`waits until a client of ${host} has read, though the kernel took all`, async () => {
      const { near, far } = await stuffed(host!, via)
      const queue = new SendQueue({ pollMs: 5 })
      let isSent: boolean | undefined
      const sent = new Promise<void>(resolve => {
        queue.whenSent(near, value => {
          isSent = value
          resolve()
        })
      })
      await Promise.race([sent, sleep(100)])
      expect(isSent).to.equal(undefined)
      far.resume()
      await sent
      expect(isSent).to.equal(true)
      far.destroy()
    })
  }

  it('says so when the client goes away', async () => {
    const { near, far } = await stuffed('127.0.0.1')
    const queue = new SendQueue({ pollMs: 5 })
    const sent = new Promise(resolve => { queue.whenSent(near, resolve) })
    far.resetAndDestroy()
    expect(await sent).to.equal(false)
  })

  it('takes what was sent before for arrived when the client asks for more', async () => {
    const { near, far } = await stuffed('127.0.0.1')
    const queue = new SendQueue({ pollMs: 5 })
    const sent = new Promise(resolve => { queue.whenSent(near, resolve) })
    queue.settle(near)
    expect(await sent).to.equal(true)
    far.destroy()
  })

  it('waits for nothing where the system does not tell', async () => {
    const { near, far } = await stuffed('127.0.0.1')
    const tables = TABLES.map(table => `${table}-none`)
    const queue = new SendQueue({ pollMs: 5, tables })
    expect(await new Promise(resolve => { queue.whenSent(near, resolve) })).to.equal(true)
    far.destroy()
  })
})
