import { expect } from 'chai'
import type { HttpAnswer } from '../../daemon/http/index.ts'
import { Traffic } from '../../daemon/traffic.ts'
import { FakeExchange, FakeNeighbour, somePeer } from './retrieval/fake-exchange.ts'

const answer = (listener: HttpAnswer['listener'], bytes: number): HttpAnswer =>
  ({ listener, route: '/x', status: 200, seconds: 0.1, bytes })

describe('daemon/traffic', () => {
  const rig = () => {
    const passedOn: string[] = []
    const traffic = new Traffic({
      delivered: (kind, bytes) => { passedOn.push(`delivered ${kind} ${bytes}`) },
      mismatch: kind => { passedOn.push(`mismatch ${kind}`) },
      wasted: (kind, bytes) => { passedOn.push(`wasted ${kind} ${bytes}`) },
      fetchSeconds: (kind, seconds) => { passedOn.push(`seconds ${kind} ${seconds}`) },
      answered: ({ listener, bytes }) => { passedOn.push(`answered ${listener} ${bytes}`) },
      render: async () => ({ contentType: 'text/plain', text: 'rendered' })
    })
    return { traffic, passedOn }
  }

  it('adds up what was fetched, by source', () => {
    const { traffic } = rig()
    traffic.delivered('peer', 10)
    traffic.delivered('peer', 5)
    traffic.delivered('edge', 7)
    traffic.mismatch('peer')
    traffic.wasted('peer', 3)
    traffic.wasted('edge', 4)
    expect(traffic.bySource).to.deep.equal({ local: 0, peer: 15, edge: 7, origin: 0 })
    expect([traffic.mismatches, traffic.wastedBytes]).to.deep.equal([1, 7])
  })

  it('counts as upload what the gateway sent, and not what the control API told', () => {
    const { traffic } = rig()
    traffic.answered(answer('gateway', 100))
    traffic.answered(answer('control', 1000))
    expect(traffic.uploadedBytes).to.equal(100)
  })

  it('tells media that players were given from what else went over HTTP', () => {
    const { traffic } = rig()
    const media = { ...answer('gateway', 40), route: '/hls/:id/:rendition/:file' }
    traffic.answered(media)
    traffic.answered({ ...media, status: 206 })
    traffic.answered({ ...media, status: 404 })
    traffic.answered({ ...answer('gateway', 500), route: '/blocks/:cid' })
    expect([traffic.givenBytes, traffic.httpBytes]).to.deep.equal([80, 620])
  })

  it('counts what neighbours were sent, also those that are gone', async () => {
    const { traffic } = rig()
    const exchange = new FakeExchange()
    const [a, b] = [new FakeNeighbour(await somePeer(1)), new FakeNeighbour(await somePeer(2))]
    for (const neighbour of [a, b]) exchange.here.set(String(neighbour.peer), neighbour)
    traffic.follow(exchange)
    a.sentBytes = 30
    b.sentBytes = 4
    expect(traffic.uploadedBytes).to.equal(34)
    exchange.here.delete(String(a.peer))
    exchange.events.dispatchEvent(new CustomEvent('close', { detail: a }))
    expect(traffic.uploadedBytes).to.equal(34)
    b.sentBytes = 5
    expect(traffic.uploadedBytes).to.equal(35)
  })

  it('passes everything on to the metrics', async () => {
    const { traffic, passedOn } = rig()
    traffic.delivered('edge', 7)
    traffic.mismatch('peer')
    traffic.fetchSeconds('local', 0.5)
    traffic.answered(answer('control', 3))
    expect(passedOn).to.deep.equal(
      ['delivered edge 7', 'mismatch peer', 'seconds local 0.5', 'answered control 3'])
    expect((await traffic.render()).text).to.equal('rendered')
  })
})
