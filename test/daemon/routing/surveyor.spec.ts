import { generateKeyPair } from '@libp2p/crypto/keys'
import type { PeerId } from '@libp2p/interface'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { expect } from 'chai'
import {
  distanceMs, LinkStateTable, OwnLinks, Reputation, type SurveyedNeighbour, Surveyor
} from '../../../daemon/routing/index.ts'
import { type Coordinate, shortIdOf } from '../../../protocols/rtt/index.ts'
import { seededRandom } from '../../../testnet/seeded-random.ts'

const PLACES: Coordinate[] = [
  { x: 0, y: 0, heightMs: 1, error: 0.05 },
  { x: 40, y: 0, heightMs: 1, error: 0.05 },
  { x: 0, y: 60, heightMs: 1, error: 0.05 },
  { x: 70, y: 70, heightMs: 1, error: 0.05 }
]
const OURS: Coordinate = { x: 20, y: 30, heightMs: 2, error: 0 }

describe('daemon/routing/surveyor', () => {
  let ids: PeerId[]
  let now: number
  let neighbours: SurveyedNeighbour[]
  let links: OwnLinks
  let table: LinkStateTable
  let reputation: Reputation
  let surveyor: Surveyor

  before(async () => {
    ids = await Promise.all(Array.from({ length: 5 }, async () =>
      peerIdFromPrivateKey(await generateKeyPair('Ed25519'))))
  })

  beforeEach(() => {
    now = 1_700_000_000_000
    neighbours = []
    const clock = () => now
    const self = ids[4]!
    links = new OwnLinks({ self, clock })
    table = new LinkStateTable({ clock })
    reputation = new Reputation({ clock })
    surveyor = new Surveyor({
      self, neighbours: () => neighbours, links, table, reputation, random: seededRandom(1)
    })
  })

  const measured = (at: number, rttMs: number, count: number): SurveyedNeighbour =>
    ({ peer: ids[at]!, hello: { role: 'peer', region: 'eu' }, latestRtt: { rttMs, count } })
  const rttTo = (at: number) => links.of(shortIdOf(ids[at]!))?.rttMs

  it('takes each measurement once, and smooths them', () => {
    neighbours = [measured(0, 100, 1)]
    surveyor.look()
    surveyor.look()
    expect(links.of(shortIdOf(ids[0]!))?.samples).to.equal(1)
    neighbours = [measured(0, 200, 2)]
    surveyor.look()
    expect(rttTo(0)).to.be.closeTo(130, 0.001)
  })

  it('notes what a neighbour says it is', () => {
    neighbours = [{ ...measured(0, 100, 1), hello: { role: 'edge', region: 'far' } }]
    surveyor.look()
    expect(links.of(shortIdOf(ids[0]!))?.said).to.deep.equal({ role: 'edge', region: 'far' })
  })

  it('has no link to a neighbour that is gone, or never answered', () => {
    neighbours = [measured(0, 100, 1), { ...measured(1, 0, 0), latestRtt: undefined }]
    surveyor.look()
    expect(links.all()).to.have.length(1)
    neighbours = []
    surveyor.look()
    expect(links.all()).to.have.length(0)
  })

  it('finds its place by what neighbours tell of theirs', () => {
    for (let count = 1; count <= 60; count++) {
      neighbours = PLACES.map((coordinate, at) =>
        ({ ...measured(at, distanceMs(coordinate, OURS), count), coordinate }))
      surveyor.look()
    }
    for (const place of PLACES) {
      const truthMs = distanceMs(place, OURS)
      expect(distanceMs(place, surveyor.place)).to.be.closeTo(truthMs, 0.1 * truthMs)
    }
    expect(surveyor.place.error).to.be.below(0.2)
  })

  it('takes the place that a neighbour gossips, when its PONGs tell none', () => {
    table.put({
      network: 'test', peer: ids[0]!, role: 'peer', region: 'eu', seq: 1, issuedAtMs: now,
      links: [], relays: true, coordinate: PLACES[1]!
    }, 300)
    for (let count = 1; count < 20; count++) {
      neighbours = [measured(0, 50, count)]
      surveyor.look()
    }
    expect(distanceMs(surveyor.place, PLACES[1]!)).to.be.closeTo(50, 5)
  })

  describe('what others tell of us', () => {
    const told = (rttMs: number) =>
      ({ peer: ids[0]!, links: [{ peer: shortIdOf(ids[4]!), rttMs }] })
    const meet = (rttMs: number, times = 3) => {
      for (let count = 1; count <= times; count++) {
        neighbours = [measured(0, rttMs, count)]
        surveyor.look()
      }
    }

    const lies: Array<[told: number, measured: number, isLie: boolean]> = [
      [1, 60, true], [400, 60, true], [25, 60, false], [200, 60, false], [1, 15, false]
    ]
    for (const [toldMs, measuredMs, isLie] of lies) {
      const verdict = isLie ? 'blames' : 'believes'
      it(`${verdict} who tells ${toldMs} ms where it is ${measuredMs}`, () => {
        meet(measuredMs)
        surveyor.hold(told(toldMs))
        expect(reputation.of(ids[0]!.toString())).to.equal(isLie ? 80 : 100)
      })
    }

    it('is not held against a single measurement', () => {
      meet(60, 2)
      surveyor.hold(told(1))
      expect(reputation.of(ids[0]!.toString())).to.equal(100)
    })

    it('is forgotten, all of it, when its maker lies on', () => {
      meet(60)
      table.put({
        network: 'test', role: 'peer', region: 'eu', relays: true, seq: 1, issuedAtMs: now,
        ...told(1)
      }, 300)
      for (let time = 0; time < 3; time++) surveyor.hold(told(1))
      expect(table.size).to.equal(0)
      expect(reputation.isShunned(ids[0]!.toString())).to.equal(true)
    })
  })
})
