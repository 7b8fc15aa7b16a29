import { expect } from 'chai'
import { type Candidate, nearest, nearOrFar } from '../../../daemon/retrieval/near-and-far.ts'
import { seededRandom } from '../../../testnet/seeded-random.ts'

const made = (...rtts: Array<number | undefined>): Candidate[] => rtts.map(rttMs => ({ rttMs }))

/** Takes so many, one after the other. */
function take (count: number, from: Candidate[]): Array<number | undefined> {
  const left = [...from]
  const random = seededRandom(7)
  return Array.from({ length: count }, (_, taken) => {
    const next = nearOrFar(left, taken, random)!
    left.splice(left.indexOf(next), 1)
    return next.rttMs
  })
}

describe('daemon/retrieval/near-and-far', () => {
  it('takes mostly near ones, the farthest once in eight, and some by chance', () => {
    const all = Array.from({ length: 80 }, (_, number) => number + 1)
    const taken = take(8, made(...all)) as number[]
    expect(taken.filter(rttMs => rttMs <= 7)).to.have.length.within(5, 7)
    expect(taken).to.include(80)
    expect(taken[0]).to.equal(1)
  })

  it('gives each of the far a turn, however many are near', () => {
    const far = Array.from({ length: 400 }, () => 200)
    const near = Array.from({ length: 400 }, () => 10)
    const taken = take(80, made(...near, ...far))
    expect(taken.filter(rttMs => rttMs === 200).length).to.be.within(10, 30)
  })

  it('takes whom nothing is known of to be neither near nor far', () => {
    expect(nearOrFar(made(undefined, 20, 300), 0, () => 0)?.rttMs).to.equal(20)
    expect(nearOrFar(made(20, undefined), 4, () => 0)?.rttMs).to.equal(undefined)
    expect(nearOrFar(made(300, undefined), 0, () => 0)?.rttMs).to.equal(undefined)
  })

  it('has nothing to take where there is nobody', () => {
    for (let taken = 0; taken < 8; taken++) {
      expect(nearOrFar([], taken, () => 0.5)).to.equal(undefined)
    }
  })

  it('names the nearest of those that something is known of', () => {
    expect(nearest(made(undefined, 150, 120))?.rttMs).to.equal(120)
    expect(nearest(made(undefined))).to.equal(undefined)
  })
})
