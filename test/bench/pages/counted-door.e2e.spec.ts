import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect } from 'chai'
import { CountedDoor } from '../../../bench/pages/counted-door.ts'
import { get } from '../../e2e/network-rig.ts'

const BODY = new Uint8Array(300_000)

describe('bench/pages/counted-door', () => {
  let server: Server
  let door: CountedDoor

  beforeEach(async () => {
    server = createServer((_request, response) => { response.end(BODY) })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    door = await CountedDoor.open()
  })
  afterEach(async () => {
    await door.close()
    server.closeAllConnections()
    server.close()
  })

  it('counts what the server sent, heads included', async () => {
    door.lead(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
    for (let i = 1; i <= 2; i++) {
      expect((await (await get(door.url)).arrayBuffer()).byteLength).to.equal(BODY.byteLength)
      expect(door.sentBytes).to.be.within(i * BODY.byteLength + 1, i * (BODY.byteLength + 1_000))
    }
  })

  it('is shut until it leads somewhere, and once it is closed', async () => {
    const answer = async (): Promise<string> =>
      await get(door.url).then(() => 'an answer', () => 'none')
    expect(await answer()).to.equal('none')
    door.lead(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
    expect(await answer()).to.equal('an answer')
    await door.close()
    expect(await answer()).to.equal('none')
  })
})
