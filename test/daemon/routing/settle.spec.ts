import { expect } from 'chai'
import { distanceMs, NOWHERE, settle } from '../../../daemon/routing/index.ts'
import type { Coordinate } from '../../../protocols/rtt/index.ts'
import { seededRandom } from '../../../testnet/seeded-random.ts'
import { median, RttWorld } from './rtt-world.ts'

/** Five minutes of a round each five seconds. */
const ROUNDS = 60
const ROUNDS_IN_3_MINUTES = 36
const LIAR = 0

describe('daemon/routing/settle', function () {
  this.timeout(10_000)

  it('stays where it is without neighbours', () => {
    expect(settle(NOWHERE, [], seededRandom(1))).to.equal(NOWHERE)
  })

  it('estimates RTTs between pairs that never met, half of them within a fifth', () => {
    const errors = [1, 2, 3].map(seed => {
      const world = new RttWorld({ seed }).run(ROUNDS)
      return median(world.errors(world.nodes, (a, b) =>
        distanceMs(world.places[a]!, world.places[b]!)))
    })
    expect(Math.max(...errors), `${errors}`).to.be.below(0.2)
  })

  it('does not take nodes of one region for far from each other', () => {
    const errors = [1, 2, 3].flatMap(seed => {
      const world = new RttWorld({ seed, nearShare: 0.6 }).run(ROUNDS_IN_3_MINUTES)
      return [0, 1, 2, 3].map(region => median(world.errors(
        world.nodes.filter(node => node % 4 === region),
        (a, b) => distanceMs(world.places[a]!, world.places[b]!)
      )))
    })
    const mean = errors.reduce((sum, error) => sum + error, 0) / errors.length
    expect(mean, `${errors}`).to.be.below(0.5)
  })

  it('leaves the wrong one of two places that fit half of its neighbours', () => {
    const seen = [[0, 0], [100, 0], [0, 30], [100, 30]].map(([x, y]) => {
      const coordinate = { x: x!, y: y!, heightMs: 1, error: 0.1 }
      const truth = { ...coordinate, x: 20, y: 40 }
      return { coordinate, rttMs: distanceMs(coordinate, truth) }
    })
    const random = seededRandom(1)
    let place: Coordinate = { x: 20, y: -40, heightMs: 1, error: 0.1 }
    for (let times = 0; times < 50; times++) place = settle(place, seen, random)
    expect(Math.hypot(place.x - 20, place.y - 40)).to.be.below(3)
  })

  it('leaps nowhere for the sake of three', () => {
    const seen = [[100, 0], [0, 100], [100, 100]].map(([x, y]) => ({
      coordinate: { x: x!, y: y!, heightMs: 1, error: 0.1 }, rttMs: 40
    }))
    const own = { x: -50, y: -50, heightMs: 1, error: 0.02 }
    const { x, y } = settle(own, seen, seededRandom(1))
    expect(Math.hypot(x - own.x, y - own.y)).to.be.below(30)
  })

  for (const [claim, place] of Object.entries({
    'to be far away and sure of it': () => ({ x: 9000, y: 9000, heightMs: 0, error: 0 }),
    'to be where everybody is': () => ({ x: 0, y: 0, heightMs: 0, error: 0 }),
    'another place each time': (random: () => number) =>
      ({ x: 2000 * random() - 1000, y: 2000 * random() - 1000, heightMs: 0, error: 0 })
  })) {
    it(`is not led astray by one node that claims ${claim}`, () => {
      const world = new RttWorld({
        claims: (node, random) => node === LIAR ? place(random) : undefined
      }).run(ROUNDS)
      const honest = world.nodes.filter(node => node !== LIAR)
      const farthest = Math.max(...honest.map(node =>
        Math.hypot(world.places[node]!.x, world.places[node]!.y)))
      expect(farthest).to.be.below(500)
      expect(median(world.errors(honest, (a, b) =>
        distanceMs(world.places[a]!, world.places[b]!)))).to.be.below(0.2)
    })
  }
})
