import { expect } from 'chai'
import type { Ask } from '../../../daemon/retrieval/asks.ts'
import { deliveryOf } from '../../../daemon/retrieval/delivery-of.ts'
import type { BlockSource } from '../../../daemon/retrieval/types.ts'

const source = { kind: 'peer', id: 'near', node: 'near', rttMs: 12 } as BlockSource
const arrival = { bytes: 1000, sinceMs: 100, nowMs: 900 }

const ask = (came: Partial<Ask>): Ask =>
  ({ source, startedMs: 500, receivedBytes: 1000, firstBytes: 0, ...came }) as Ask
const parts = (...sizes: number[]): Ask['head'] =>
  sizes.map(size => ({ source, bytes: new Uint8Array(size) }))

describe('daemon/retrieval/delivery-of', () => {
  it('measures what came after the first bytes, and not the wait for them', () => {
    const late = ask({ firstMs: 800, firstBytes: 100 })
    const { wire, elapsedMs } = deliveryOf(late, parts(1000), arrival)
    expect(wire).to.deep.equal({ bytes: 900, fromMs: 800, toMs: 900 })
    expect(elapsedMs).to.equal(800)
  })

  it('measures what came in one piece from its request on', () => {
    const wire = { bytes: 1000, fromMs: 500, toMs: 900 }
    expect(deliveryOf(ask({ firstMs: 890, firstBytes: 900 }), parts(1000), arrival).wire)
      .to.deep.equal(wire)
    expect(deliveryOf(ask({}), parts(1000), arrival).wire).to.deep.equal(wire)
  })

  it('names who sent what when several did', () => {
    expect(deliveryOf(ask({}), parts(1000), arrival)).not.to.have.property('parts')
    expect(deliveryOf(ask({ receivedBytes: 400 }), parts(600, 400), arrival)).to.deep.include({
      source: 'peer',
      path: ['near'],
      rttMs: 12,
      parts: [{ source: 'peer', bytes: 600 }, { source: 'peer', bytes: 400 }],
      wire: { bytes: 400, fromMs: 500, toMs: 900 }
    })
  })
})
