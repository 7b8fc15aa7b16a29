import { expect } from 'chai'
import { isBehindNat, mayDial } from '../../testnet/reachability.ts'
import { addressIn, HOSTS_PER_REGION, REGIONS } from '../../testnet/regions.ts'

const PEERS = REGIONS.flatMap(region => Array.from({ length: 20 }, (_, i) => addressIn(region, i)))
const SERVER = addressIn('eu', HOSTS_PER_REGION - 1)

function pairs (): Array<[string, string]> {
  return PEERS.flatMap((one, i) =>
    PEERS.slice(i + 1).map((other): [string, string] => [one, other]))
}

function shareOf<T> (all: readonly T[], is: (one: T) => boolean): number {
  return all.filter(is).length / all.length
}

describe('testnet/reachability', () => {
  it('lets everybody dial everybody where nothing is said', () => {
    expect(pairs().every(([one, other]) => mayDial(undefined, one, other))).to.equal(true)
    expect(pairs().every(([one, other]) => mayDial({ seed: 1 }, one, other))).to.equal(true)
  })

  it('lets the given share of pairs dial each other, both ways alike', () => {
    const reach = { pairShare: 0.3, seed: 7 }
    expect(shareOf(pairs(), ([one, other]) => mayDial(reach, one, other))).to.be.within(0.26, 0.34)
    for (const [one, other] of pairs()) {
      expect(mayDial(reach, one, other)).to.equal(mayDial(reach, other, one))
    }
  })

  it('is the same again for a seed, and another for another', () => {
    const graph = (seed: number): boolean[] =>
      pairs().map(([one, other]) => mayDial({ pairShare: 0.3, seed }, one, other))
    expect(graph(1)).to.deep.equal(graph(1))
    expect(graph(1)).not.to.deep.equal(graph(2))
  })

  it('has servers dial and be dialled whatever the share', () => {
    for (const peer of PEERS) {
      expect(mayDial({ pairShare: 0, seed: 1 }, peer, SERVER)).to.equal(true)
      expect(mayDial({ pairShare: 0, seed: 1 }, SERVER, peer)).to.equal(true)
    }
  })

  it('lets nobody dial who is behind NAT, who may dial others', () => {
    const reach = { natShare: 0.25, seed: 3 }
    const hidden = PEERS.filter(peer => isBehindNat(reach, peer))
    expect(hidden.length).to.be.within(10, 30)
    const open = PEERS.find(peer => !isBehindNat(reach, peer))!
    for (const peer of hidden) {
      expect(mayDial(reach, open, peer)).to.equal(false)
      expect(mayDial(reach, SERVER, peer)).to.equal(false)
      expect(mayDial(reach, peer, open)).to.equal(true)
    }
    expect(isBehindNat({ natShare: 1, seed: 3 }, SERVER)).to.equal(false)
  })
})
