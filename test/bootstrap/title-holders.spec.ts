import { expect } from 'chai'
import { type Member, TitleHolders } from '../../bootstrap/title-holders.ts'
import { seededRandom } from '../../testnet/seeded-random.ts'

interface Named extends Member { name: string }

describe('bootstrap/title-holders', () => {
  const some = (count: number, isServer = false): Named[] =>
    Array.from({ length: count }, (_, i) =>
      ({ name: `${isServer ? 's' : 'p'}${i}`, isServer, place: 0 }))
  function holdersOf (...members: Named[]): TitleHolders<Named> {
    const holders = new TitleHolders<Named>('title')
    members.forEach(member => { holders.add(member) })
    return holders
  }

  it('names all where there are few, and of many each as often as another', () => {
    const holders = holdersOf(...some(20), ...some(3, true))
    const random = seededRandom(1)
    expect(holders.some(20, random)).to.have.length(23)
    const times = new Map<string, number>()
    for (let i = 0; i < 4_000; i++) {
      const named = holders.some(5, random)
      expect(new Set(named).size).to.equal(8)
      for (const { name } of named) times.set(name, (times.get(name) ?? 0) + 1)
    }
    // 1,000 times of 4,000 each of twenty; servers each time.
    expect([...times].filter(([name, n]) => name.startsWith('p') && (n < 850 || n > 1_150)))
      .to.deep.equal([])
    expect(times.get('s0')).to.equal(4_000)
  })

  it('lets go of each of them, whoever was drawn before', () => {
    const members = some(30)
    const holders = holdersOf(...members)
    const random = seededRandom(2)
    for (const [i, member] of members.entries()) {
      holders.some(7, random)
      holders.delete(member)
      const left = holders.some(30, random)
      expect([left.length, left.includes(member)]).to.deep.equal([29 - i, false])
    }
  })
})
