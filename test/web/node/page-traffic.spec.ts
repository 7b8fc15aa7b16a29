import { expect } from 'chai'
import type { Neighbour } from '../../../protocols/exchange/index.ts'
import { PageTraffic } from '../../../web/node/page-traffic.ts'

describe('web/node/page-traffic', () => {
  it('sums what came by its source, and what was of no use', () => {
    const playback = { mediaBytes: 0 }
    const traffic = new PageTraffic({ playback })
    traffic.delivered('peer', 3)
    traffic.delivered('edge', 2)
    traffic.delivered('peer', 4)
    traffic.wasted('edge', 5)
    playback.mediaBytes = 9
    expect(traffic.bySource).to.deep.equal({ local: 0, peer: 7, edge: 2, origin: 0 })
    expect([traffic.wastedBytes, traffic.givenBytes, traffic.httpBytes]).to.deep.equal([5, 9, 0])
  })

  it('sums what went to neighbours, also to those that are gone, over all swarms', () => {
    const traffic = new PageTraffic({ playback: { mediaBytes: 0 } })
    expect(traffic.exchangedBytes).to.equal(0)
    const events = new EventTarget()
    const neighbours = [{ sentBytes: 10 }, { sentBytes: 5 }] as Neighbour[]
    traffic.follow({ events, neighbours: () => neighbours })
    expect(traffic.exchangedBytes).to.equal(15)
    events.dispatchEvent(new CustomEvent('close', { detail: neighbours.pop() }))
    expect(traffic.exchangedBytes).to.equal(15)
    traffic.follow({ events: new EventTarget(), neighbours: () => [] })
    expect(traffic.exchangedBytes).to.equal(5)
  })
})
