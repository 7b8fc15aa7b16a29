import { expect } from 'chai'
import { delayOf, latenessOf } from '../../testnet/distance.ts'
import { addressIn } from '../../testnet/regions.ts'
import { seededRandom } from '../../testnet/seeded-random.ts'

describe('testnet/distance', () => {
  it('is that of the regions only where there are regions', () => {
    const [here, there] = [addressIn('eu', 0), addressIn('south', 0)]
    expect(delayOf({ delayMs: 7, hasRegions: true }, here, there)).to.equal(100)
    expect(delayOf({ delayMs: 7 }, here, there)).to.equal(7)
    expect(delayOf({ delayMs: 7, hasRegions: true }, here, '127.0.0.1')).to.equal(7)
  })

  it('adds jitter up to its bound, and nothing else where nothing is lost', () => {
    const random = seededRandom(1)
    const all = Array.from({ length: 200 }, () =>
      latenessOf({ delayMs: 10, jitterMs: 5 }, 10, 100_000, random))
    expect(Math.min(...all)).to.be.within(0, 0.5)
    expect(Math.max(...all)).to.be.within(4.5, 5)
    expect(latenessOf({ delayMs: 10 }, 10, 100_000, random)).to.equal(0)
  })

  it('waits for a lost segment as long as TCP: a round trip, and no less than 200 ms', () => {
    const always = { delayMs: 0, lossShare: 0.5 }
    const lostOnce = (delayMs: number): number => {
      const chances = [0.99, 0.9]
      return latenessOf(always, delayMs, 1000, () => chances.shift()!)
    }
    expect(lostOnce(30)).to.equal(200)
    expect(lostOnce(150)).to.equal(300)
  })

  it('loses the more the more segments there are', () => {
    const random = seededRandom(2)
    const shape = { delayMs: 0, lossShare: 0.01 }
    const shareLate = (bytes: number): number =>
      Array.from({ length: 4000 }, () => latenessOf(shape, 0, bytes, random))
        .filter(ms => ms > 0).length / 4000
    expect(shareLate(1000)).to.be.within(0.005, 0.017)
    expect(shareLate(14_600)).to.be.within(0.07, 0.12)
  })
})
