import { generateKeyPair } from '@libp2p/crypto/keys'
import type { PeerId } from '@libp2p/interface'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { expect } from 'chai'
import { LEDGER_MEMORY_MS, Ledger } from '../../../protocols/exchange/ledger.ts'

describe('protocols/exchange/ledger', () => {
  let now: number
  let peers: PeerId[]
  const clock = (): number => now

  before(async () => {
    const keys = await Promise.all(Array.from({ length: 4 }, () => generateKeyPair('Ed25519')))
    peers = keys.map(peerIdFromPrivateKey)
  })

  beforeEach(() => { now = 1000 })

  it('sums what a peer gave, took and denied, and finds it again', () => {
    const ledger = new Ledger({ clock })
    ledger.of(peers[0]!).gave(100)
    ledger.of(peers[0]!).gave(20)
    ledger.of(peers[0]!).took(7)
    ledger.of(peers[0]!).denied(5)
    expect(ledger.of(peers[0]!)).to.include({ gaveBytes: 120, tookBytes: 7, deniedBytes: 5 })
    expect(ledger.of(peers[1]!)).to.include({ gaveBytes: 0, tookBytes: 0, deniedBytes: 0 })
  })

  it('lets all fade: 37 % is left after ten minutes', () => {
    const account = new Ledger({ clock }).of(peers[0]!)
    account.gave(1000)
    now += LEDGER_MEMORY_MS
    expect(account.gaveBytes).to.be.closeTo(368, 1)
    account.gave(1000)
    now += LEDGER_MEMORY_MS
    expect(account.gaveBytes).to.be.closeTo(503, 1)
  })

  it('never makes a sum grow when the clock goes back', () => {
    const account = new Ledger({ clock }).of(peers[0]!)
    account.gave(1000)
    now -= 500
    expect(account.gaveBytes).to.equal(1000)
  })

  it('knows the share of the time that the peer was there', () => {
    const account = new Ledger({ clock }).of(peers[0]!)
    account.opened()
    expect(account.uptime).to.equal(1)
    now += 300
    account.closed()
    now += 700
    expect(account.uptime).to.be.closeTo(0.3, 0.001)
    account.opened()
    now += 1000
    expect(account.uptime).to.be.closeTo(0.65, 0.001)
  })

  it('is bounded, and forgets strangers before neighbours', () => {
    const ledger = new Ledger({ clock }, { maxAccounts: 2 })
    const [neighbour, stranger, other, another] = peers as [PeerId, PeerId, PeerId, PeerId]
    ledger.of(neighbour).opened()
    ledger.of(neighbour).gave(1)
    ledger.of(stranger).gave(2)
    ledger.of(other).gave(3)
    expect(ledger.of(neighbour).gaveBytes).to.equal(1)
    ledger.of(another)
    expect(ledger.of(another).gaveBytes).to.equal(0)
    expect(ledger.of(stranger).gaveBytes).to.equal(0)
  })
})
