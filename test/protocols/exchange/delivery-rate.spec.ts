import { expect } from 'chai'
import { DeliveryRate } from '../../../protocols/exchange/delivery-rate.ts'

const MINUTE_MS = 60_000

describe('protocols/exchange/delivery-rate', () => {
  it('is not known before anything has arrived', () => {
    expect(new DeliveryRate().bytesPerSecond).to.equal(undefined)
  })

  it('is the best of those seen', () => {
    const rate = new DeliveryRate()
    rate.add(1_000, 1_000, true, 0)
    rate.add(5_000, 2_000, true, 10)
    rate.add(1_000, 1_000, true, 20)
    expect(rate.bytesPerSecond).to.equal(2_500)
  })

  it('forgets the best after one minute in which another is, or two', () => {
    const rate = new DeliveryRate()
    rate.add(9_000, 1_000, true, 0)
    rate.add(1_000, 1_000, true, MINUTE_MS)
    rate.add(1_000, 1_000, true, 2 * MINUTE_MS - 1)
    expect(rate.bytesPerSecond).to.equal(9_000)
    rate.add(2_000, 1_000, true, 2 * MINUTE_MS)
    expect(rate.bytesPerSecond).to.equal(2_000)
  })

  it('forgets nothing while less was sent than could be, and learns', () => {
    const rate = new DeliveryRate()
    rate.add(9_000, 1_000, true, 0)
    for (let at = 0; at < 10 * MINUTE_MS; at += 1_000) rate.add(1_000, 1_000, false, at)
    expect(rate.bytesPerSecond).to.equal(9_000)
    rate.add(10_000, 1_000, false, 10 * MINUTE_MS)
    expect(rate.bytesPerSecond).to.equal(10_000)
  })

  it('does not take PONGs in a bunch for a fast line', () => {
    const rate = new DeliveryRate()
    rate.add(1_000, 1, true, 0)
    expect(rate.bytesPerSecond).to.equal(10_000)
  })
})
