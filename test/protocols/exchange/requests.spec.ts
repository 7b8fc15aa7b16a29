import { expect } from 'chai'
import { CID } from 'multiformats/cid'
import { Requests } from '../../../protocols/exchange/requests.ts'
import type { Want, WantOptions } from '../../../protocols/exchange/index.ts'

const cid = CID.parse('bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku')
const other = CID.parse('bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy')

interface Sent { kind: string, body: Record<string, unknown> }

describe('protocols/exchange/requests', () => {
  let sent: Sent[]
  let requests: Requests
  let mayRaise: boolean

  beforeEach(() => {
    sent = []
    mayRaise = true
    requests = new Requests({
      send: (kind, body) => { sent.push({ kind, body }) },
      now: () => 0,
      maxWants: () => 8,
      mayRaise: () => mayRaise,
      rttMs: () => undefined,
      // As memory is that somebody used before.
      allocate: bytes => new Uint8Array(bytes).fill(0xee),
      timeoutMs: 10_000
    })
  })

  afterEach(() => { requests.close() })

  const asking = (more: Partial<Want> = {}, options: WantOptions = {}) => {
    const answer = requests.want({ cid, size: 10, ...more }, 0, options)
    answer.catch(() => {})
    return answer
  }
  const data = (id: number, offset: number, total: number, ...bytes: number[]) => {
    requests.data({ id, offset, total }, bytes.length)?.set(bytes)
    requests.filled()
  }

  it('asks for the rest of a block, and takes no more than that', async () => {
    const answer = asking({ offset: 4 })
    expect(sent[0]?.body).to.include({ id: 1, offset: 4, size: 10 })
    data(1, 4, 7, 4, 5)
    data(1, 6, 7, 6)
    expect([...(await answer)!]).to.deep.equal([4, 5, 6])
    void asking({ offset: 4 })
    expect(() => { data(2, 0, 7, 0, 1) }).to.throw('does not go on')
    expect(() => { data(2, 4, 3, 1) }).to.throw('does not go on')
  })

  it('tells of bytes as they come: only of those that are all there', () => {
    const told: number[][] = []
    void asking({}, { onBytes: (buffer, filled) => { told.push([buffer.length, filled]) } })
    data(1, 0, 5, 1, 2)
    requests.data({ id: 1, offset: 2, total: 5 }, 3)
    expect(told).to.deep.equal([[5, 2]])
    requests.filled()
    expect(told).to.deep.equal([[5, 2], [5, 5]])
  })

  it('tells of bytes that come in vain', () => {
    const abort = new AbortController()
    let late = 0
    void asking({}, { signal: abort.signal, onLate: bytes => { late += bytes } })
    data(1, 0, 10, 1, 2)
    abort.abort()
    data(1, 2, 10, 3, 4, 5)
    expect(late).to.equal(3)
  })

  it('says again how urgent a block is, to neighbours who know what that means', () => {
    void asking({ priority: 'prefetch' })
    void asking({ cid: other })
    requests.raise({ cid, priority: 'urgent', deadlineMs: 500 })
    expect(sent).to.have.length(3)
    expect(sent[2]?.body).to.deep.include({ id: 1, priority: 0, deadlineMs: 500, again: true })
    mayRaise = false
    requests.raise({ cid, priority: 'urgent' })
    expect(sent).to.have.length(3)
  })

  it('waits as long as it was last told to', async () => {
    const answer = asking({ deadlineMs: 5 })
    requests.raise({ cid, priority: 'playing', deadlineMs: 5000 })
    await new Promise(resolve => { setTimeout(resolve, 15) })
    data(1, 0, 1, 7)
    expect([...(await answer)!]).to.deep.equal([7])
  })
})
