import { expect } from 'chai'
import { Dashboard, type DashboardInit } from '../../../bootstrap/dashboard/index.ts'
import type { CountedNode } from '../../../bootstrap/store.ts'
import { systemTimer } from '../../../protocols/clock.ts'
import { summaryOf } from '../../../protocols/dashboard/index.ts'
import { encodeReport } from '../../../protocols/tracker/index.ts'
import { contentNamed } from '../../protocols/tracker/nodes.ts'
import { spokenLog } from '../../daemon/spoken-log.ts'
import { type Reported, reporter, reportOf } from './reporters.ts'

const STEP_MS = 30_000

describe('bootstrap/dashboard/dashboard', () => {
  const rig = (init: DashboardInit = {}) => {
    const time = { nowMs: 1_000 }
    const network: { nodes: CountedNode[], asked: number } = { nodes: [], asked: 0 }
    const dashboard = new Dashboard({
      tracker: {
        nodes: async limit => {
          network.asked = limit
          return network.nodes.slice(0, limit)
        }
      },
      clock: () => time.nowMs,
      timer: systemTimer,
      log: spokenLog().log
    }, init)
    const step = async (...nodes: CountedNode[]) => {
      network.nodes = nodes
      time.nowMs += STEP_MS
      await dashboard.step()
      return dashboard.figures().steps.at(-1)!
    }
    return { dashboard, step, network, time }
  }
  const peer = (id: string, bytes: number, rest: Reported = {}) =>
    reporter(id, { sinceMs: 1_000, counts: { peer: bytes, given: bytes }, ...rest })

  it('adds up by role what is new since the step before', async () => {
    const { dashboard, step } = rig()
    const edge = reporter('e', { sinceMs: 1_000, counts: { local: 9, sent: 90 } }, 'edge')
    await step(peer('a', 10), peer('b', 20), edge, reporter('silent'))
    const last = await step(peer('a', 15), peer('b', 20), edge)
    expect(last.sums).to.deep.equal({ peer: { peer: 5, given: 5 } })
    expect(last.nodes).to.deep.equal({ peer: 2, edge: 1, origin: 0, bootstrap: 0 })
    const [first] = dashboard.figures().steps
    expect(first!.sums).to.deep.equal(
      { peer: { peer: 30, given: 30 }, edge: { local: 9, sent: 90 } })
    expect([first!.nodes.peer, first!.reporting]).to.deep.equal([3, 3])
  })

  it('loses nothing with a node that is silent for a while, or starts anew', async () => {
    const { dashboard, step } = rig()
    await step(peer('a', 10))
    await step()
    await step(peer('a', 30))
    await step(peer('a', 5, { sinceMs: 80_000 }))
    expect(summaryOf(dashboard.figures().steps).givenBytes).to.equal(35)
  })

  it('sees what all replicas were told: what it has not heard itself is in the store', async () => {
    const [one, other] = [rig(), rig()]
    for (const bytes of [10, 40, 90]) {
      for (const { step } of [one, other]) await step(peer('a', bytes), peer('b', bytes))
    }
    expect(one.dashboard.figures().steps).to.deep.equal(other.dashboard.figures().steps)
  })

  it('gives the same object until the next step, and an hour of steps at most', async () => {
    const { dashboard, step } = rig({ maxSteps: 3 })
    await step()
    expect(dashboard.figures()).to.equal(dashboard.figures())
    for (let i = 0; i < 4; i++) await step()
    expect(dashboard.figures().steps).to.have.length(3)
  })

  it('takes bytes that are no report for none', async () => {
    const { step } = rig()
    const garbage = [new Uint8Array(0), Uint8Array.of(1, 2, 3), encodeReport(reportOf({})).slice(1)]
    const last = await step(...garbage.map((bytes, i) => reporter(`g${i}`, bytes)), peer('a', 7))
    expect(last.sums).to.deep.equal({ peer: { peer: 7, given: 7 } })
  })

  it('is moved by one that makes its figures up no further than by ten others', async () => {
    const { dashboard, step } = rig()
    const honest = Array.from({ length: 20 }, (_, i) => peer(`p${i}`, 1_000))
    const last = await step(...honest, reporter('liar', {
      sinceMs: 1_000, counts: { edge: 2 ** 50, given: 2 ** 50, stalledMs: 2 ** 50 },
      starts: Array.from({ length: 16 }, () => 2 ** 50)
    }))
    const { edge, startUps } = summaryOf(dashboard.figures().steps)
    expect(edge).to.be.closeTo(1 / 3, 0.001)
    expect(startUps).to.be.at.most(31)
    expect(last.cut).to.equal(1)
  })

  it('goes by what others said before, when one speaks alone', async () => {
    const { dashboard, step } = rig()
    const honest = Array.from({ length: 20 }, (_, i) => peer(`p${i}`, 1_000))
    await step(...honest)
    await step(...honest, peer('liar', 2 ** 50))
    expect(summaryOf(dashboard.figures().steps).givenBytes).to.equal(30_000)
  })

  it('looks at a bounded number of nodes, and says when there are more', async () => {
    const { dashboard, step, network } = rig({ maxNodes: 10 })
    const last = await step(...Array.from({ length: 50 }, (_, i) => peer(`p${i}`, 1)))
    expect([network.asked, last.nodes.peer, dashboard.figures().isWhole])
      .to.deep.equal([11, 10, false])
    expect(dashboard.figures().top.length).to.be.at.most(20)
  })

  it('lists the titles that most are getting', async () => {
    const { dashboard, step } = rig()
    const holding = (...names: string[]) => ({ holds: names.map(name =>
      ({ content: contentNamed(name), rendition: '128k', parts: Uint8Array.of(1) })) })
    await step(peer('a', 1, holding('x', 'y')), peer('b', 1, holding('y')), peer('c', 1))
    expect(dashboard.figures().titles).to.deep.equal([
      { content: `${contentNamed('y')}`, rendition: '128k', partly: 2 },
      { content: `${contentNamed('x')}`, rendition: '128k', partly: 1 }
    ])
    await step(peer('c', 1))
    expect(dashboard.figures().titles).to.deep.equal([])
  })

  it('steps by itself while it runs', async () => {
    const { dashboard } = rig({ stepMs: 5 })
    dashboard.start()
    while (dashboard.figures().steps.length < 2) {
      await new Promise(resolve => { setTimeout(resolve, 1) })
    }
    await dashboard.stop()
    const { steps } = dashboard.figures()
    await dashboard.stop()
    expect(dashboard.figures().steps).to.equal(steps)
  })
})
