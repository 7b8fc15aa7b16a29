import { expect } from 'chai'
import { recordRtts } from '../../daemon/record-rtts.ts'
import { MAX_RECORD_RTTS } from '../../protocols/limits.ts'
import { testNode } from '../protocols/tracker/nodes.ts'

const [a, b, c] = await Promise.all([1, 2, 3].map(async seed => (await testNode(seed)).peer))

describe('daemon/record-rtts', () => {
  it('names servers before neighbours, each once, and nobody unmeasured', () => {
    const servers = [{ peer: a!, rttMs: 12 }, { peer: b! }]
    const neighbours = [{ peer: a!, rttMs: 3 }, { peer: c!, rttMs: 5 }, { peer: b!, rttMs: 9 }]
    expect(recordRtts(servers, neighbours)).to.deep.equal([
      { peer: `${a}`, rttMs: 12 }, { peer: `${c}`, rttMs: 5 }, { peer: `${b}`, rttMs: 9 }
    ])
  })

  it('stays within a record, whatever the number of neighbours', () => {
    const named = (name: string) => ({ peer: { toString: () => name } as typeof a & {}, rttMs: 1 })
    const many = Array.from({ length: 100 }, (_, i) => named(`n${i}`))
    const rtts = recordRtts([named('server')], many)
    expect([rtts.length, rtts[0]!.peer]).to.deep.equal([MAX_RECORD_RTTS, 'server'])
  })
})
