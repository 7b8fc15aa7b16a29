import { generateKeyPair } from '@libp2p/crypto/keys'
import type { PeerId } from '@libp2p/interface'
import { peerIdFromPrivateKey, peerIdFromString } from '@libp2p/peer-id'
import { expect } from 'chai'
import { BanList } from '../../../protocols/exchange/ban-list.ts'
import { MAX_BANS } from '../../../protocols/limits.ts'

const somebody = async (): Promise<PeerId> => peerIdFromPrivateKey(await generateKeyPair('Ed25519'))

describe('protocols/exchange/ban-list', () => {
  it('ends a ban when its time has come', async () => {
    let now = 0
    const bans = new BanList(() => now)
    const peer = await somebody()
    bans.add(peer, 100)
    expect(bans.has(peerIdFromString(peer.toString()))).to.equal(true)
    expect(bans.has(await somebody())).to.equal(false)
    now = 100
    expect(bans.has(peer)).to.equal(false)
  })

  it('drops the ban that ends first when there are too many', () => {
    const bans = new BanList(() => 0)
    const peers = Array.from({ length: MAX_BANS + 1 }, (_, index) =>
      ({ toString: () => `${index}` }) as PeerId)
    peers.forEach((peer, index) => { bans.add(peer, index === 7 ? 1 : 1000) })
    expect(peers.filter(peer => !bans.has(peer))).to.deep.equal([peers[7]])
  })
})
