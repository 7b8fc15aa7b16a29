import { expect } from 'chai'
import { deliveryHeaders } from '../../../daemon/http/delivery-headers.ts'
import type { Delivery } from '../../../daemon/retrieval/index.ts'

const delivery = (source: Delivery['source'], bytes: number, more: Partial<Delivery> = {}) =>
  ({ source, path: [source], elapsedMs: 1, bytes, ...more })

describe('daemon/http/delivery-headers', () => {
  it('tells who sent how much, and the way of the most', () => {
    const headers = deliveryHeaders([
      delivery('edge', 10), delivery('peer', 30, { rttMs: 2.34 }), delivery('edge', 10)
    ])
    expect(headers).to.deep.equal({
      'cdnd-source': 'peer',
      'cdnd-sources': 'peer=30,edge=20',
      'cdnd-path': 'peer',
      'cdnd-hops': '1',
      'cdnd-rtt-ms': '2.3'
    })
    expect(deliveryHeaders([])).to.deep.equal({})
  })

  it('tells of both who sent a part of a block', () => {
    const parts = [{ source: 'peer' as const, bytes: 70 }, { source: 'edge' as const, bytes: 30 }]
    expect(deliveryHeaders([delivery('edge', 100, { parts })]))
      .to.include({ 'cdnd-source': 'edge', 'cdnd-sources': 'peer=70,edge=30' })
  })
})
