import { expect } from 'chai'
import { seededRandom } from '../../testnet/seeded-random.ts'

const drawn = (seed: number, count: number): number[] => {
  const random = seededRandom(seed)
  return Array.from({ length: count }, () => random())
}

describe('testnet/seeded-random', () => {
  it('replays the same numbers from the same seed, and others from another', () => {
    expect(drawn(7, 100)).to.deep.equal(drawn(7, 100))
    expect(drawn(7, 100)).not.to.deep.equal(drawn(8, 100))
    expect(drawn(1, 2)).to.deep.equal([0.6270739405881613, 0.002735721180215478])
  })

  it('gives numbers from 0 to under 1, spread evenly', () => {
    const numbers = drawn(3, 10_000)
    expect(Math.min(...numbers)).to.be.within(0, 0.01)
    expect(Math.max(...numbers)).to.be.within(0.99, 1 - Number.EPSILON)
    const tenths = numbers.map(number => Math.floor(number * 10))
    for (let tenth = 0; tenth < 10; tenth++) {
      expect(tenths.filter(other => other === tenth).length).to.be.within(900, 1100)
    }
  })
})
