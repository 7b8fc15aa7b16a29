import { expect } from 'chai'
import { CID } from 'multiformats/cid'
import type { ExchangeEvents, ExchangeInit, Neighbour } from '../../../protocols/exchange/index.ts'
import { type MemoryHost, MemoryNetwork } from './memory-network.ts'
import { eventually, failureOf, type SampleNode, sampleBytes, sampleNode } from './sample-node.ts'

const title = CID.parse('bafyreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku')
type Node = SampleNode<MemoryHost>

describe('protocols/exchange/neighbour, what it holds', () => {
  const nodes: Node[] = []

  afterEach(async () => {
    await Promise.all(nodes.splice(0).map(async ({ exchange }) => { await exchange.stop() }))
  })

  async function pair (
    init: Partial<ExchangeInit> = {}
  ): Promise<{ a: Node, b: Node, toB: Neighbour, toA: Neighbour }> {
    const network = new MemoryNetwork()
    const a = sampleNode(await network.host(), init)
    const b = sampleNode(await network.host(), init)
    for (const { exchange } of [a, b]) {
      await exchange.start()
    }
    nodes.push(a, b)
    const toB = await a.exchange.connect(b.host.peerId, [b.host.address])
    await eventually(() => b.exchange.neighbour(a.host.peerId) != null, 'a at b')
    return { a, b, toB, toA: b.exchange.neighbour(a.host.peerId)! }
  }

  it('are known once interest() resolves, and followed from then on', async () => {
    const { a, b, toB } = await pair()
    const holding = { rendition: 'a', base: 0, bitfield: Uint8Array.of(0b10) }
    b.inventory.holdingsOf.set(title.toString(), [holding])
    expect(toB.holds(title, 'a', 1)).to.equal('unknown')
    await toB.interest(title)
    expect([0, 1].map(block => toB.holds(title, 'a', block))).to.deep.equal(['missing', 'have'])
    const heard: Array<ExchangeEvents['have']['detail'] & { isThere: boolean }> = []
    a.exchange.events.addEventListener('have', event => {
      const { detail } = event as ExchangeEvents['have']
      heard.push({ ...detail, isThere: toB.holds(title, 'a', 0) === 'have' })
    })
    b.inventory.change({ content: title, rendition: 'a', block: 0, state: 'have' })
    await eventually(() => heard.some(({ isThere }) => isThere), 'the event')
    expect(heard[0]?.neighbour).to.equal(toB)
    expect(heard[0]?.content.equals(title)).to.equal(true)
    expect(toB.holdsAny(title)).to.equal(true)
  })

  it('keep a neighbour from being idle while either end follows a title', async () => {
    const { toA, toB } = await pair({ pingIntervalMs: 2 })
    await eventually(() => toA.isIdle === true && toB.isIdle === true, 'both idle')
    await toB.interest(title)
    expect([toA.isIdle, toB.isIdle]).to.deep.equal([false, false])
    toB.leave(title)
    await eventually(() => toA.isIdle === true && toB.isIdle === true, 'both idle again')
  })

  it('are told together when many change at once', async () => {
    const { a, b, toB } = await pair()
    await toB.interest(title)
    const seen: string[] = []
    a.exchange.events.addEventListener('have', () => { seen.push('have') })
    for (let block = 0; block < 500; block++) {
      b.inventory.change({ content: title, rendition: 'a', block, state: 'have' })
    }
    await eventually(() => toB.holds(title, 'a', 499) === 'have', 'the last block')
    await eventually(() => seen.length > 0, 'the event')
    expect(seen).to.deep.equal(['have'])
  })

  it('are asked for once a title', async () => {
    const { b, toB } = await pair()
    let asked = 0
    b.inventory.holdings = () => {
      asked++
      return []
    }
    await Promise.all([toB.interest(title), toB.interest(title)])
    await toB.interest(title)
    expect(asked).to.equal(1)
  })

  it('go on for the titles asked for last when there are more than channels', async () => {
    const { b, toB } = await pair()
    const many = await Promise.all(Array.from({ length: 300 }, (_, index) =>
      b.inventory.add(sampleBytes(4, index))))
    for (const content of many) {
      await toB.interest(content)
    }
    expect(toB.holds(many[0]!, 'a', 0)).to.equal('unknown')
    b.inventory.change({ content: many[299]!, rendition: 'a', block: 0, state: 'have' })
    await eventually(() => toB.holds(many[299]!, 'a', 0) === 'have', 'the change')
  })

  it('are told to whoever is interested, which its neighbour knows', async () => {
    const { toA, toB } = await pair()
    expect(toA.isInterested(title)).to.equal(false)
    await toB.interest(title)
    expect([toA.isInterested(title), toB.isInterested(title)]).to.deep.equal([true, false])
    toB.leave(title)
    toB.leave(title)
    await eventually(() => !toA.isInterested(title), 'the end of the interest')
    expect(toB.holds(title, 'a', 1)).to.equal('unknown')
    await toB.interest(title)
    expect(toB.holds(title, 'a', 1)).to.equal('missing')
  })

  it('stop being waited for when the caller aborts', async () => {
    const { toB } = await pair()
    const signal = AbortSignal.abort(new Error('enough'))
    expect((await failureOf(toB.interest(title, { signal }))).message).to.equal('enough')
  })
})
