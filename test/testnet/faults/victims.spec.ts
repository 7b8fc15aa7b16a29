import { expect } from 'chai'
import { victimsOf } from '../../../testnet/faults/victims.ts'
import type { Who } from '../../../testnet/faults/index.ts'
import { FakeNetwork } from './fake-network.ts'

const network = new FakeNetwork(40)
const names = (who: Who): string[] => victimsOf(network, who).map(({ name }) => name)

describe('testnet/faults/victims', () => {
  it('takes those named, in that order', () => {
    expect(names(['edge-1', 'peer-3'])).to.deep.equal(['edge-1', 'peer-3'])
    expect(() => names(['peer-41'])).to.throw('there is no peer-41')
  })

  it('takes all of a role, or of a region', () => {
    expect(names({})).to.have.lengthOf(40)
    expect(names({ role: 'origin' })).to.deep.equal(['origin'])
    expect(names({ region: 'us' })).to.have.lengthOf(10)
    expect(() => names({ role: 'bootstrap' })).to.throw('there is no bootstrap')
  })

  it('takes a number or a share by the seed, at least one', () => {
    expect(names({ count: 5 })).to.have.lengthOf(5)
    expect(names({ share: 0.1 })).to.have.lengthOf(4)
    expect(names({ share: 0.001 })).to.have.lengthOf(1)
    expect(names({ count: 5, seed: 2 })).to.deep.equal(names({ count: 5, seed: 2 }))
    expect(names({ count: 5, seed: 2 })).not.to.deep.equal(names({ count: 5, seed: 3 }))
  })
})
