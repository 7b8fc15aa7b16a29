import { createServer, type IncomingMessage, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { once } from 'node:events'
import { expect } from 'chai'
import type { EventFeedInit } from '../../../bootstrap/event-feed.ts'
import { GraphFeed } from '../../../bootstrap/topology/graph-feed.ts'
import { systemTimer, type Timer } from '../../../protocols/clock.ts'
import { OverloadedError } from '../../../protocols/errors.ts'
import type { Graph } from '../../../protocols/topology/index.ts'
import { spokenLog } from '../../daemon/spoken-log.ts'

const graphOf = (...ids: string[]): Graph => ({
  nodes: ids.map(id => ({ id, role: 'peer', region: 'eu', titles: 0 })), links: [], isWhole: true
})

/** What a listener has been told, event by event. */
class Listener {
  readonly answer: IncomingMessage
  #text = ''

  constructor (answer: IncomingMessage) {
    this.answer = answer
    answer.setEncoding('utf8').on('data', (text: string) => { this.#text += text })
    answer.on('error', () => {}) // It is cut off on purpose.
  }

  get events (): string[] { return this.#text.split('\n\n').slice(0, -1) }

  /** Resolves when the nth event is there. */
  async event (n: number): Promise<string> {
    while (this.events.length <= n) await once(this.answer, 'data')
    return this.events[n]!
  }
}

describe('bootstrap/topology/graph-feed', () => {
  let server: Server
  let feed: GraphFeed
  let graph: Graph
  const fails = { isDown: false }

  const open = async (init: EventFeedInit = {}) => {
    graph = graphOf('a')
    const topology = {
      graph: async () => {
        if (fails.isDown) throw new Error('the store is away')
        return graph
      }
    }
    const { log, lines } = spokenLog()
    const timers = { running: 0 }
    const timer: Timer = (ms, then) => {
      timers.running++
      return systemTimer(ms, () => {
        timers.running--
        then()
      })
    }
    feed = new GraphFeed({ topology, clock: Date.now, timer, log }, { intervalMs: 20, ...init })
    server = createServer((_request, response) => {
      feed.add(response, '127.0.0.1').catch(err => {
        response.writeHead(err instanceof OverloadedError ? 503 : 500).end()
      })
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    return { lines, timers }
  }

  const ask = async (): Promise<IncomingMessage> => {
    const { port } = server.address() as AddressInfo
    const question = request({ host: '127.0.0.1', port, agent: false }).end()
    const [answer] = await once(question, 'response') as [IncomingMessage]
    return answer
  }

  const until = async (isSo: () => boolean): Promise<void> => {
    while (!isSo()) await new Promise(resolve => { setTimeout(resolve, 5) })
  }

  afterEach(async () => {
    fails.isDown = false
    feed.stop()
    server.close()
    await once(server, 'close')
  })

  it('tells the whole graph first, then only what changed', async () => {
    await open()
    const listener = new Listener(await ask())
    expect(listener.answer.headers['content-type']).to.contain('text/event-stream')
    expect(await listener.event(0))
      .to.equal(`retry: 3000\nevent: graph\ndata: ${JSON.stringify(graph)}`)
    graph = graphOf('a', 'b')
    const delta = { nodes: graphOf('b').nodes, links: [], gone: [], cut: [], isWhole: true }
    expect(await listener.event(1)).to.equal(`event: delta\ndata: ${JSON.stringify(delta)}`)
  })

  it('gathers what changes between two looks into one event', async () => {
    await open({ intervalMs: 100 })
    const listener = new Listener(await ask())
    await listener.event(0)
    graph = graphOf('a', 'b')
    graph = graphOf('a', 'b', 'c', 'd')
    expect(JSON.parse((await listener.event(1)).split('data: ')[1]!).nodes).to.have.length(3)
    expect(listener.events).to.have.length(2)
  })

  it('comments when there is nothing to say', async () => {
    await open({ heartbeatMs: 40 })
    const listener = new Listener(await ask())
    expect(await listener.event(1)).to.equal(':')
    expect(await listener.event(2)).to.equal(':')
  })

  it('takes so many listeners and no more, until one has gone', async () => {
    await open({ maxListeners: 3, maxPerAddress: 2 })
    const [first] = [await ask(), await ask()]
    const refused = await ask()
    expect(refused.statusCode).to.equal(503)
    refused.resume()
    first!.destroy()
    await until(() => feed.size === 1)
    expect((await ask()).statusCode).to.equal(200)
  })

  it('cuts off who does not read, and tells the others meanwhile', async () => {
    await open({ slowMs: 100 })
    const slow = await ask()
    slow.pause()
    const listener = new Listener(await ask())
    await listener.event(0)
    let cut = false
    slow.on('close', () => { cut = true }).on('error', () => {})
    let turn = 0
    while (feed.size > 1) {
      const text = 'x'.repeat(1024 * 1024)
      graph = { ...graph, nodes: [{ id: 'a', role: 'peer', region: `${turn}${text}`, titles: 0 }] }
      await listener.event(++turn)
    }
    expect(feed.size).to.equal(1)
    expect(turn).to.be.lessThan(200)
    slow.resume()
    await until(() => cut)
  })

  it('goes on after a look at the graph that failed', async () => {
    const { lines } = await open()
    const listener = new Listener(await ask())
    await listener.event(0)
    fails.isDown = true
    await until(() => lines.length > 0)
    expect(lines[0]).to.contain('the store is away')
    fails.isDown = false
    graph = graphOf('a', 'b')
    expect(await listener.event(1)).to.contain('event: delta')
  })

  it('looks at nothing while nobody listens', async () => {
    const { timers } = await open()
    const listener = new Listener(await ask())
    await listener.event(0)
    listener.answer.destroy()
    await until(() => feed.size === 0 && timers.running === 0)
  })
})
