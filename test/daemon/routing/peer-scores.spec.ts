import { generateKeyPair } from '@libp2p/crypto/keys'
import type { PeerId } from '@libp2p/interface'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { expect } from 'chai'
import fc from 'fast-check'
import { MIN_SCORE, PeerScores } from '../../../daemon/routing/index.ts'
import { Ledger, type Neighbour } from '../../../protocols/exchange/index.ts'

const MB = 1_000_000

describe('daemon/routing/peer-scores', () => {
  let ledger: Ledger
  let peers: PeerId[]

  before(async () => {
    const keys = await Promise.all([generateKeyPair('Ed25519'), generateKeyPair('Ed25519')])
    peers = keys.map(peerIdFromPrivateKey)
  })

  beforeEach(() => { ledger = new Ledger({ clock: () => 0 }) })

  const neighbour = (at: number, seen: {
    rttMs?: number, rateBytesPerSecond?: number, said?: number, receivedBytes?: number
  } = {}): Neighbour => ({
    peer: peers[at],
    hello: { uploadBytesPerSecond: seen.said ?? 0 },
    rttMs: seen.rttMs,
    rateBytesPerSecond: seen.rateBytesPerSecond,
    receivedBytes: seen.receivedBytes ?? MB
  }) as unknown as Neighbour

  it('prefers who gave to who only took', () => {
    const scores = new PeerScores({ ledger })
    ledger.of(peers[0]!).gave(8 * MB)
    ledger.of(peers[1]!).took(8 * MB)
    expect(scores.of(neighbour(0)).score).to.be.greaterThan(scores.of(neighbour(1)).score)
  })

  it('takes a peer it has hardly exchanged anything with as middling', () => {
    const scores = new PeerScores({ ledger })
    expect(scores.of(neighbour(0)).facts.reciprocity).to.equal(0.5)
    ledger.of(peers[0]!).took(1000)
    expect(scores.of(neighbour(0)).facts.reciprocity).to.be.closeTo(0.5, 0.001)
  })

  it('believes a rate measured over enough bytes, not what the peer says of itself', () => {
    const scores = new PeerScores({ ledger })
    const rate = (seen: Parameters<typeof neighbour>[1]): unknown =>
      scores.of(neighbour(0, seen)).facts.uploadBytesPerSecond
    expect(rate({ rateBytesPerSecond: 9 * MB, said: MB })).to.equal(9 * MB)
    expect(rate({ rateBytesPerSecond: 9, said: MB, receivedBytes: 100 })).to.equal(MB)
    expect(rate({ said: 900 * MB })).to.equal(4 * MB)
    expect(rate({})).to.equal(4 * MB)
  })

  it('is made of its terms, of which a weight of 0 leaves one out', () => {
    const scores = new PeerScores({ ledger }, {
      weights: { rtt: 3, upload: 0, reciprocity: 1, uptime: 0 }
    })
    const { score, terms } = scores.of(neighbour(0, { rttMs: 20 }))
    expect(terms).to.deep.equal({ rtt: 0.375, upload: 0, reciprocity: 0.125, uptime: 0 })
    expect(score).to.equal(0.5)
  })

  it('stays between a floor and 1, whatever the facts and weights', () => {
    const number = fc.double({ min: 0, max: 1e12, noNaN: true })
    const weight = fc.double({ min: 0, max: 10, noNaN: true })
    const weights = fc.record({ rtt: weight, upload: weight, reciprocity: weight, uptime: weight })
    const seen = fc.record({ rttMs: number, rateBytesPerSecond: number })
    fc.assert(fc.property(weights, seen, number, number, (chosen, facts, gave, took) => {
      ledger = new Ledger({ clock: () => 0 })
      ledger.of(peers[0]!).gave(gave)
      ledger.of(peers[0]!).took(took)
      const { score } = new PeerScores({ ledger }, { weights: chosen }).of(neighbour(0, facts))
      expect(score).to.be.within(MIN_SCORE, 1.000001)
    }))
  })
})
