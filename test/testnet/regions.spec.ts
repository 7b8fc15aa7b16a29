import { expect } from 'chai'
import { addressIn, delayBetween, REGIONS, regionOf, rttBetween } from '../../testnet/regions.ts'

describe('testnet/regions', () => {
  it('is as far one way as the other, nearest within a region, and no way round is shorter', () => {
    for (const one of REGIONS) {
      for (const other of REGIONS) {
        expect(rttBetween(one, other)).to.equal(rttBetween(other, one))
        if (one !== other) expect(rttBetween(one, other)).to.be.above(rttBetween(one, one))
        for (const between of REGIONS) {
          expect(rttBetween(one, other))
            .to.be.at.most(rttBetween(one, between) + rttBetween(between, other))
        }
      }
    }
  })

  it('tells the region of a host by its address', () => {
    const addresses = REGIONS.flatMap(region => [0, 1, 253].map(index => {
      const address = addressIn(region, index)
      expect(regionOf(address)).to.equal(region)
      return address
    }))
    expect(new Set(addresses).size).to.equal(REGIONS.length * 3)
    expect(delayBetween(addressIn('eu', 3), addressIn('us', 4))).to.equal(30)
  })

  it('knows no region of an address that is no host\'s', () => {
    for (const address of ['127.0.0.1', '127.80.1.0', '10.80.1.1', '127.80.1.255', '::1']) {
      expect(regionOf(address), address).to.equal(undefined)
      expect(delayBetween(address, addressIn('eu', 0))).to.equal(undefined)
    }
  })

  it('has no address for a host too many', () => {
    expect(() => addressIn('eu', 254)).to.throw('at most 254 hosts')
  })
})
