import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect } from 'chai'
import { FiguresFeed } from '../../../bootstrap/dashboard/index.ts'
import { systemTimer } from '../../../protocols/clock.ts'
import type { Figures, Step } from '../../../protocols/dashboard/index.ts'
import { spokenLog } from '../../daemon/spoken-log.ts'

const stepAt = (atMs: number) => ({ atMs }) as Step
const figuresOf = (steps: Step[]): Figures =>
  ({ stepMs: 30_000, steps, top: [], titles: [], isWhole: true })

describe('bootstrap/dashboard/figures-feed', () => {
  let server: Server
  let feed: FiguresFeed

  afterEach(async () => {
    feed.stop()
    server.close()
    await once(server, 'close')
  })

  it('tells all of it at the start and after a gap, else the next step', async () => {
    const steps = [1, 2, 3, 4, 5].map(stepAt)
    let figures = figuresOf(steps.slice(0, 2))
    const dashboard = { figures: () => figures }
    const ambient = { clock: Date.now, timer: systemTimer, log: spokenLog().log }
    feed = new FiguresFeed({ dashboard, ...ambient }, { intervalMs: 5 })
    server = createServer((_request, response) => {
      void feed.add(response, '127.0.0.1')
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const answer = await fetch(`http://127.0.0.1:${port}`)
    const reader = answer.body!.pipeThrough(new TextDecoderStream()).getReader()
    const heard = async (): Promise<[string | undefined, object]> => {
      const { value = '' } = await reader.read()
      const [, event, data] = /event: (\w+)\ndata: (.*)\n\n$/.exec(value) ?? []
      return [event, JSON.parse(data!)]
    }
    expect(await heard()).to.deep.equal(['figures', figures])
    figures = figuresOf(steps.slice(1, 3))
    const { stepMs: _, steps: __, ...now } = figures
    expect(await heard()).to.deep.equal(['step', { ...now, step: steps[2] }])
    figures = figuresOf(steps.slice(1, 5))
    expect(await heard()).to.deep.equal(['figures', figures])
    await reader.cancel()
  })
})
