import { expect } from 'chai'
import { homeWires } from '../../testnet/home-wires.ts'

describe('testnet/home-wires', () => {
  const uploads = (seed: number): number[] => Array.from({ length: 1000 }, (_, i) =>
    homeWires(seed)(`peer-${i + 1}`).uploadBytesPerSecond! / 125_000)

  it('gives each peer the wires of some home, as often as there are such', () => {
    const all = uploads(1)
    const count = (mbit: number): number => all.filter(up => up === mbit).length
    expect([1, 5, 10, 20, 100].reduce((sum, mbit) => sum + count(mbit), 0)).to.equal(1000)
    expect(count(1)).to.be.within(110, 190)
    expect(count(100)).to.be.within(155, 245)
  })

  it('is the same for a seed, and another for another', () => {
    expect(uploads(5)).to.deep.equal(uploads(5))
    expect(uploads(5)).not.to.deep.equal(uploads(6))
  })

  it('limits no server', () => {
    expect(homeWires(1)('edge-1')).to.deep.equal({})
  })
})
