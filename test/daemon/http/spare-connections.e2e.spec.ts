import { Agent, get, type IncomingMessage } from 'node:http'
import { expect } from 'chai'
import { gateway, type HttpServer } from '../../../daemon/http/index.ts'
import { sampleTitle } from './sample-title.ts'

const MOST = 8

describe('daemon/http/spare-connections', () => {
  const agent = new Agent({ keepAlive: true })
  let server: HttpServer

  before(async () => {
    const { components } = await sampleTitle()
    server = gateway({ host: '127.0.0.1', port: 0, maxConnections: MOST })(components)
    await server.start()
  })
  after(async () => {
    agent.destroy()
    await server.stop()
  })

  /** So many requests at once, each on a connection of its own. */
  const ask = async (count: number): Promise<Array<string | undefined>> =>
    await Promise.all(Array.from({ length: count }, async () => {
      const answer = await new Promise<IncomingMessage>((resolve, reject) => {
        get(`${server.url()}/health`, { agent }, resolve).on('error', reject)
      })
      await new Promise(resolve => { answer.resume().once('end', resolve) })
      return answer.headers.connection
    }))

  it('closes connections once three quarters of those there may be are open', async () => {
    expect(new Set(await ask(MOST * 3 / 4))).to.deep.equal(new Set(['keep-alive']))
    const answers = await ask(MOST)
    expect(answers).to.include('close')
    // Those that were closed make room.
    let answer = await ask(1)
    while (answer[0] === 'close') answer = await ask(1)
  })
})
