import { expect } from 'chai'
import { type Offence, Reputation } from '../../../daemon/routing/reputation.ts'

describe('daemon/routing/reputation', () => {
  let now = 1_000_000
  const made = (init = {}) => new Reputation({ clock: () => now }, init)

  const times: Record<Offence, number> = {
    forged: 3, oversized: 3, misplaced: 3, clock: 51, stale: 51, spam: 51, flood: 1, lie: 3
  }
  for (const [offence, count] of Object.entries(times)) {
    it(`shuns a peer after "${offence}" ${count} times, not before`, () => {
      const reputation = made()
      for (let time = 1; time < count; time++) reputation.blame('a', offence as Offence)
      expect(reputation.isShunned('a')).to.equal(false)
      reputation.blame('a', offence as Offence)
      expect(reputation.isShunned('a')).to.equal(true)
      expect(reputation.shunned).to.equal(1)
    })
  }

  it('forgives with time', () => {
    const reputation = made()
    for (let time = 0; time < 10; time++) reputation.blame('a', 'forged')
    expect(reputation.of('a')).to.equal(0)
    now += 31 * 60_000
    expect(reputation.isShunned('a')).to.equal(false)
    now += 30 * 60_000
    expect(reputation.of('a')).to.equal(100)
  })

  it('thinks well of whom it does not know', () => {
    expect(made().of('b')).to.equal(100)
  })

  it('remembers no more peers than it may', () => {
    const reputation = made({ maxPeers: 2 })
    for (const peer of ['a', 'b', 'c']) reputation.blame(peer, 'flood')
    expect(reputation.shunned).to.equal(2)
  })
})
