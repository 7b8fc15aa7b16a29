import { expect } from 'chai'
import {
  type Contribution, Contributions
} from '../../../bootstrap/dashboard/contributions.ts'

const MINUTE = 60_000

describe('bootstrap/dashboard/contributions', () => {
  const gave = (id: string, uploaded: number, fromPeers = 0, role: Contribution['role'] = 'peer') =>
    ({ id, role, region: 'eu', uploaded, fromPeers, fetched: fromPeers + 1 })
  const top = (contributions: Contributions, nowMs: number, limit = 9) =>
    contributions.top(limit, nowMs).map(({ id, uploadedBytes }) => [id, uploadedBytes])

  it('lists peers that gave, the most first', () => {
    const contributions = new Contributions()
    const all = [gave('a', 30), gave('b', 50), gave('c', 0, 100), gave('e', 99, 0, 'edge')]
    for (const one of all) contributions.add(one, 0)
    contributions.add(gave('a', 40), MINUTE)
    expect(top(contributions, MINUTE)).to.deep.equal([['a', 70], ['b', 50]])
    expect(top(contributions, MINUTE, 1)).to.deep.equal([['a', 70]])
    expect(contributions.top(1, MINUTE)[0]!.fetchedBytes).to.equal(2)
  })

  it('believes nobody who gave more than others got', () => {
    const contributions = new Contributions()
    contributions.add(gave('liar', 1e12, 500), 0)
    contributions.add(gave('honest', 80, 20), 0)
    contributions.add(gave('listener', 0, 100), 0)
    expect(top(contributions, 0)).to.deep.equal([['liar', 120], ['honest', 80]])
  })

  it('forgets what is over an hour old', () => {
    const contributions = new Contributions()
    contributions.add(gave('a', 10), 0)
    contributions.add(gave('b', 0, 10), 59 * MINUTE)
    expect(top(contributions, 59 * MINUTE)).to.deep.equal([['a', 10]])
    expect(top(contributions, 61 * MINUTE)).to.deep.equal([])
  })

  it('remembers a bounded number of nodes', () => {
    const contributions = new Contributions()
    for (let i = 0; i < 5_000; i++) contributions.add(gave(`n${i}`, 1, 1), 0)
    expect(contributions.top(9_999, 0)).to.have.length(4_000)
  })
})
