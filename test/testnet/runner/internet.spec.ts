import { expect } from 'chai'
import { internet } from '../../../testnet/runner/internet.ts'

describe('testnet/runner/internet', () => {
  it('is the same for every peer, and lossless and open, unless asked for', () => {
    const { hostShape, reach, lossShare } = internet({ seed: 1 }, 1000)
    expect([reach, lossShare]).to.deep.equal([undefined, 0])
    expect(hostShape!('peer-1')).to.deep.equal(hostShape!('peer-2'))
    expect(hostShape!('edge-1')).to.deep.equal({
      uploadBytesPerSecond: 1000, downloadBytesPerSecond: 1000
    })
  })

  it('has homes, losses, firewalls and NATs as it is told', () => {
    const flags = { seed: 3, homes: true, reach: 30, nat: 20, loss: 2 }
    const { hostShape, reach, lossShare } = internet(flags, 1000)
    expect(reach).to.deep.equal({ pairShare: 0.3, natShare: 0.2, seed: 3 })
    expect(lossShare).to.equal(0.002)
    const uploads = Array.from({ length: 40 }, (_, i) =>
      hostShape!(`peer-${i + 1}`).uploadBytesPerSecond)
    expect(new Set(uploads).size).to.equal(5)
  })
})
